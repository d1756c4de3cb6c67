// Nothing depends on this: without it, text is selected by hand and every form and menu works.
const said = document.createElement("p");
said.className = "toast";
said.setAttribute("role", "status");
document.body.append(said);

let timer;
function say(text) {
  said.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => said.textContent = "", 4000);
}

for (const part of document.querySelectorAll("[data-copy]")) {
  const button = part.querySelector(".copy");
  const source = part.querySelector("pre, code");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      say("Copied");
    } catch {
      // Pages without TLS have no clipboard.
      getSelection().selectAllChildren(source);
      say("Selected. Press Ctrl+C to copy.");
    }
  });
}

document.querySelector(".problems")?.focus();

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea")) return;
  const box = document.querySelector("main [type=search]") ?? document.querySelector("[type=search]");
  if (!box) return;
  event.preventDefault();
  box.focus();
});
