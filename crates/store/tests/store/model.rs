//! Random histories of grants, codes and refresh tokens, compared with an in-memory model.

use crate::ground::*;
use std::collections::BTreeMap;
use vestibule_store::*;

/// A code or a refresh token of the model.
struct Single {
    grant: String,
    ends: i64,
    used: Option<i64>,
}

struct History {
    /// The state of the random generator.
    seed: u64,
    prefix: u64,
    now: i64,
    /// When each grant was revoked.
    grants: BTreeMap<String, Option<i64>>,
    codes: Vec<Single>,
    tokens: Vec<Single>,
}

impl History {
    fn new(seed: u64) -> Self {
        let (grants, codes, tokens) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { seed, prefix: seed, now: NOW, grants, codes, tokens }
    }

    /// A number below `end`.
    fn draw(&mut self, end: usize) -> usize {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.seed >> 33).expect("31 bits") % end.max(1)
    }

    fn name(&self, kind: &str, number: usize) -> String {
        format!("{kind}{}-{number}", self.prefix)
    }

    fn may_use(&self, single: &Single) -> bool {
        single.used.is_none() && self.now < single.ends && self.grants[&single.grant].is_none()
    }

    /// The token that the next exchange would return.
    fn next_token(&self, grant: &str) -> RefreshRecord {
        let hash = self.name("r", self.tokens.len());
        RefreshRecord { issued_at: self.now, expires_at: self.now + HOUR, ..refresh(&hash, grant) }
    }

    async fn sign_in(&mut self, store: &Store) {
        let (id, hash) = (self.name("g", self.grants.len()), self.name("c", self.codes.len()));
        let new = CodeRecord { expires_at: self.now + MINUTE, ..code(&hash, &id) };
        store.code_create(&grant(&id), &new, &[]).await.unwrap();
        self.grants.insert(id.clone(), None);
        self.codes.push(Single { grant: id, ends: new.expires_at, used: None });
    }

    async fn redeem(&mut self, store: &Store) {
        let at = self.draw(self.codes.len());
        let (single, hash) = (&self.codes[at], self.name("c", at));
        let token = self.next_token(&single.grant);
        let answer = store.code_redeem(TENANT, &hash, Some(&token), self.now, &[]).await.unwrap();
        match (self.may_use(single), single.used) {
            (true, _) => {
                assert_eq!(answer, Redeemed::Won);
                self.tokens.push(Single { grant: token.grant_id, ends: token.expires_at, used: None });
                self.codes[at].used = Some(self.now);
            }
            (false, Some(used_at)) => {
                assert_eq!(answer, Redeemed::AlreadyUsed { grant_id: single.grant.clone(), used_at });
            }
            (false, None) => assert_eq!(answer, Redeemed::Gone),
        }
    }

    async fn refresh(&mut self, store: &Store) {
        let at = self.draw(self.tokens.len());
        let Some(single) = self.tokens.get(at) else { return };
        let (old_hash, new) = (self.name("r", at), self.next_token(&single.grant));
        let answer = store.refresh_rotate(rotation(&old_hash, &new, self.now), &[]).await.unwrap();
        match (self.may_use(single), single.used) {
            (true, _) => {
                assert_eq!(answer, Rotated::Won);
                self.tokens.push(Single { grant: new.grant_id, ends: new.expires_at, used: None });
                self.tokens[at].used = Some(self.now);
            }
            (false, Some(used_at)) => {
                let Rotated::AlreadyUsed { token, grant } = answer else { panic!("{answer:?}") };
                assert_eq!((token.used_at, grant.revoked_at), (Some(used_at), self.grants[&single.grant]));
            }
            (false, None) => assert_eq!(answer, Rotated::Gone),
        }
    }

    async fn revoke(&mut self, store: &Store) {
        let at = self.draw(self.grants.len());
        let id = self.name("g", at);
        let before = self.grants[&id];
        let answer = store.grant_revoke(TENANT, &id, self.now, &[]).await.unwrap();
        assert_eq!(answer, before.is_none(), "{id}");
        self.grants.insert(id, before.or(Some(self.now)));
    }

    /// Asserts that the store contains exactly what the model contains.
    async fn compare(&self, store: &Store) {
        for (id, revoked_at) in &self.grants {
            assert_eq!(store.grant(TENANT, id).await.unwrap().unwrap().revoked_at, *revoked_at, "{id}");
        }
        for (number, single) in self.codes.iter().enumerate() {
            let (code, _) = store.code_peek(TENANT, &self.name("c", number)).await.unwrap().unwrap();
            assert_eq!((&code.grant_id, code.used_at), (&single.grant, single.used));
        }
        for (number, single) in self.tokens.iter().enumerate() {
            let (token, _) = store.refresh_peek(TENANT, &self.name("r", number)).await.unwrap().unwrap();
            assert_eq!((&token.grant_id, token.used_at), (&single.grant, single.used));
        }
        let next = self.name("r", self.tokens.len());
        assert_eq!(store.refresh_peek(TENANT, &next).await.unwrap(), None, "no loser left a token");
    }
}

story! {
    async fn requirement_33_any_history_of_grants_is_as_a_model_of_it(ground: &Ground) {
        for seed in 1..=3 {
            let mut history = History::new(seed);
            history.sign_in(&ground.store).await;
            for _ in 0..300 {
                match history.draw(8) {
                    0 => history.sign_in(&ground.store).await,
                    1 | 2 => history.redeem(&ground.store).await,
                    3..=5 => history.refresh(&ground.store).await,
                    6 if history.draw(4) == 0 => history.revoke(&ground.store).await,
                    _ => history.now += [SECOND, 10 * SECOND, 5 * MINUTE][history.draw(3)],
                }
            }
            assert!(history.tokens.len() > 5, "something happened: {}", history.tokens.len());
            history.compare(&ground.store).await;
        }
    }
}
