// Why a token or a key is refused, as a sentence that never has a part of the input in it.
#pragma once

namespace djust::jwt {

enum class Problem : unsigned char {
    none,
    // What a token's text can have, and a key's in part.
    too_long,
    not_three_parts,
    empty_part,
    bad_base64,
    not_json,
    duplicate_name,
    too_deep,
    // What a token's header can say.
    no_algorithm,
    unsecured,
    unknown_algorithm,
    critical,
    unencoded,
    encrypted,
    embedded_key,
    bad_type,
    nested,
    bad_key_id,
    // What verifying can find.
    other_algorithm,
    bad_signature,
    // What a key can have.
    key_too_long,
    weak_secret,
    public_key_as_secret,
    not_one_public_key,
    private_key,
    certificate,
    unknown_key_type,
    other_key_type,
    other_curve,
    weak_rsa,
    oversized_rsa,
    bad_public_key,
    no_key_algorithm,
    bad_key_member,
    not_for_verifying,
    not_a_secret,
    // The machine's own.
    out_of_memory,
    crypto_failed,
};
constexpr unsigned problems = static_cast<unsigned>(Problem::crypto_failed) + 1;

// A whole sentence for an errdetail; "" for none.
const char *describe(Problem problem);

// Of a key in a set: its kind is none that is known here, and RFC 7517 section 5 has whoever reads the set pass over it.
bool is_unknown_kind(Problem problem);

// What was passed is in no form to be a token or a key (SQLSTATE 22023); else it is one that does not count (42501).
bool is_malformed(Problem problem);

}  // namespace djust::jwt
