// A library for the server with the primitives of OpenSSL that tokens are verified with, as SQL functions: what the
// benchmark compares the verification of a token with, in the same process and the same kind of loop. Each is called
// in the ordinary way: the key is kept, the rest is set up for each message. load/tokens.sql declares them; they raise
// an error unless the signature is right.
extern "C" {
#include <postgres.h>

#include <fmgr.h>
#if PG_VERSION_NUM >= 160000
#include <varatt.h>
#endif

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(bench_hmac);
PG_FUNCTION_INFO_V1(bench_digest_verify);
}

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace {

struct Bytes {
    const unsigned char *data;
    size_t size;
};

Bytes argument(FunctionCallInfo fcinfo, int number) {
    const struct varlena *value = PG_GETARG_VARLENA_PP(number);
    return {reinterpret_cast<const unsigned char *>(VARDATA_ANY(value)), static_cast<size_t>(VARSIZE_ANY_EXHDR(value))};
}

Datum right(bool is) {
    if (!is) elog(ERROR, "OpenSSL does not take this signature");
    PG_RETURN_BOOL(true);
}

// A backend of the benchmark has one key.
EVP_PKEY *key_of(Bytes der) {
    static EVP_PKEY *kept;
    if (!kept) {
        const unsigned char *place = der.data;
        kept = d2i_PUBKEY(nullptr, &place, static_cast<long>(der.size));
    }
    return kept;
}

bool verify(EVP_MD_CTX *context, EVP_PKEY *key, Bytes message, Bytes signature, bool pss) {
    EVP_PKEY_CTX *with = nullptr;
    const EVP_MD *hash = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
    return EVP_DigestVerifyInit(context, &with, hash, nullptr, key) == 1 &&
           (!pss || (EVP_PKEY_CTX_set_rsa_padding(with, RSA_PKCS1_PSS_PADDING) == 1 &&
                     EVP_PKEY_CTX_set_rsa_pss_saltlen(with, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
           EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) == 1;
}

}  // namespace

extern "C" {

// hmac(secret bytea, message text, signature bytea): HMAC() with SHA-256.
Datum bench_hmac(PG_FUNCTION_ARGS) {
    Bytes secret = argument(fcinfo, 0), message = argument(fcinfo, 1), signature = argument(fcinfo, 2);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    bool done = HMAC(EVP_sha256(), secret.data, static_cast<int>(secret.size), message.data, message.size, mac, &size);
    return right(done && size == signature.size && CRYPTO_memcmp(mac, signature.data, size) == 0);
}

// digest_verify(key bytea, message text, signature bytea, pss boolean): EVP_DigestVerify() with SHA-256, or Ed25519.
Datum bench_digest_verify(PG_FUNCTION_ARGS) {
    EVP_PKEY *key = key_of(argument(fcinfo, 0));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is = key && context && verify(context, key, argument(fcinfo, 1), argument(fcinfo, 2), PG_GETARG_BOOL(3));
    EVP_MD_CTX_free(context);
    return right(is);
}
}
