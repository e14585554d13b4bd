#include "digest.hpp"

#include <openssl/evp.h>

namespace djust::digest {

bool sha256(std::string_view text, Sha256 *out) {
    // Looking the algorithm up costs more than hashing a token: once.
    static EVP_MD_CTX *context;
    if (!context) {
        EVP_MD *method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        EVP_MD_CTX *made = method ? EVP_MD_CTX_new() : nullptr;
        bool ready = made && EVP_DigestInit_ex(made, method, nullptr) == 1;
        EVP_MD_free(method);  // the context has its own reference
        if (!ready) {
            EVP_MD_CTX_free(made);
            return false;
        }
        context = made;
    }
    return EVP_DigestInit_ex(context, nullptr, nullptr) == 1 &&
           EVP_DigestUpdate(context, text.data(), text.size()) == 1 &&
           EVP_DigestFinal_ex(context, out->bytes, nullptr) == 1;
}

}  // namespace djust::digest
