//! Compares the results of all vector instructions that this processor supports with the standard's test vector and the
//! plain crate.

use crate::Workspace;
use crate::ends::{Input, compute};
use crate::fill::Vectors;
use argon2::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, AssociatedData, Params, ParamsBuilder, Version};
use proptest::prelude::*;
use pulp::x86::{V3, V4};

fn all() -> Vec<Vectors> {
    let (wide, narrow) = (V4::try_new().map(Vectors::Avx512), V3::try_new().map(Vectors::Avx2));
    if wide.is_none() || narrow.is_none() {
        eprintln!("NOT RUN in part: this processor lacks AVX-512 or AVX2");
    }
    wide.into_iter().chain(narrow).collect()
}

#[test]
fn the_standards_vector_comes_out() {
    // RFC 9106, 5.3.
    let wanted = [
        0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9, 0xd0, 0x1e,
        0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59,
    ];
    let input = Input { password: &[1; 32], salt: &[2; 16], key: &[3; 8], associated: &[4; 12] };
    let params = Params::new(32, 3, 4, None).expect("parameters");
    for vectors in all() {
        let mut tag = [0; 32];
        compute(vectors, &mut None, &input, &params, &mut tag);
        assert_eq!(tag, wanted, "{vectors:?}");
    }
}

#[test]
fn a_password_hash_of_the_tenants_own_cost_is_the_plain_crates() {
    let params = Params::new(19 * 1024, 2, 1, None).expect("parameters");
    let plain = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let (mut wanted, mut tag) = ([0; 32], [0; 32]);
    plain.hash_password_into(b"correct horse", b"battery staple", &mut wanted).expect("a hash");
    crate::argon2id(&mut Workspace::default(), b"correct horse", b"battery staple", &params, &mut tag).expect("a hash");
    assert_eq!(tag, wanted);
}

#[test]
fn what_a_hash_leaves_does_not_change_the_next_and_is_wiped_in_the_end() {
    let mut workspace = Workspace::default();
    // The same size twice, then other sizes.
    for memory_kib in [2048, 2048, 1024, 8, 2048] {
        let params = Params::new(memory_kib, 1, 1, None).expect("parameters");
        let (mut wanted, mut tag) = ([0; 32], [0; 32]);
        crate::argon2id(&mut Workspace::default(), b"password", b"battery staple", &params, &mut wanted)
            .expect("a hash");
        crate::argon2id(&mut workspace, b"password", b"battery staple", &params, &mut tag).expect("a hash");
        assert_eq!(tag, wanted, "{memory_kib} KiB");
    }
    drop(workspace);
    if all().is_empty() {
        return;
    }
    assert!(crate::memory::all_that_is_kept_is_wiped());
}

#[test]
fn what_the_plain_crate_refuses_is_refused_alike() {
    let params = Params::default();
    let plain = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut tag = [0; 32];
    let wanted = plain.hash_password_into(b"password", b"short", &mut tag);
    assert_eq!(crate::argon2id(&mut Workspace::default(), b"password", b"short", &params, &mut tag), wanted);
    assert!(crate::argon2id(&mut Workspace::default(), b"password", b"long enough", &params, &mut tag[..3]).is_err());
}

#[test]
fn each_reads_the_strings_of_the_other() {
    let params = Params::new(64, 2, 1, None).expect("parameters");
    let plain = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let theirs: PasswordHash = plain.hash_password_with_salt(b"password", b"battery staple").expect("a hash");
    let ours = crate::hash(&mut Workspace::default(), b"password", b"battery staple", &params).expect("a hash");
    assert_eq!(ours, theirs.to_string());
    assert_eq!(crate::verify(&mut Workspace::default(), b"password", &theirs), Ok(true));
    assert_eq!(crate::verify(&mut Workspace::default(), b"Password", &theirs), Ok(false));
    // Hashes of older versions are verified, too.
    for algorithm in [Algorithm::Argon2d, Algorithm::Argon2i] {
        let older = Argon2::new(algorithm, Version::V0x10, params.clone());
        let older: PasswordHash = older.hash_password_with_salt(b"password", b"battery staple").expect("a hash");
        assert_eq!(crate::verify(&mut Workspace::default(), b"password", &older), Ok(true));
        assert_eq!(crate::verify(&mut Workspace::default(), b"Password", &older), Ok(false));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_input_gives_what_the_plain_crate_gives(
        password in proptest::collection::vec(any::<u8>(), 0..200),
        salt in proptest::collection::vec(any::<u8>(), 8..65),
        key in proptest::collection::vec(any::<u8>(), 0..33),
        associated in proptest::collection::vec(any::<u8>(), 0..33),
        lanes in 1u32..5,
        memory in 0u32..600,
        passes in 1u32..5,
        length in 4usize..=64,
    ) {
        let params = ParamsBuilder::new()
            .m_cost(8 * lanes + memory).t_cost(passes).p_cost(lanes).output_len(length)
            .data(AssociatedData::new(&associated).expect("data")).build().expect("parameters");
        let plain = Argon2::new_with_secret(&key, Algorithm::Argon2id, Version::V0x13, params.clone()).expect("a key");
        let mut wanted = vec![0; length];
        plain.hash_password_into(&password, &salt, &mut wanted).expect("a hash");
        let input = Input { password: &password, salt: &salt, key: &key, associated: &associated };
        let mut memory = None;
        for vectors in all() {
            let mut tag = vec![0; length];
            compute(vectors, &mut memory, &input, &params, &mut tag);
            prop_assert_eq!(&tag, &wanted, "{:?}", vectors);
        }
    }
}
