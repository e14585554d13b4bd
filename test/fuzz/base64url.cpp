// Text that decodes is the only text of its bytes; bytes that are encoded come back.
// sources: src/base64url.cpp
// longest: 512
#include "base64url.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    using namespace djust;
    std::string_view input(reinterpret_cast<const char *>(data), size);

    // Each buffer is as long as promised, so that the sanitizer sees one byte too many.
    std::unique_ptr<unsigned char[]> bytes(new unsigned char[base64url::most_bytes(size)]);
    if (std::optional<size_t> count = base64url::decode(input, bytes.get())) {
        std::unique_ptr<char[]> again(new char[base64url::characters(*count)]);
        base64url::encode({reinterpret_cast<char *>(bytes.get()), *count}, again.get());
        if (base64url::characters(*count) != size || memcmp(again.get(), data, size) != 0) abort();
    }

    size_t length = base64url::characters(size);
    std::unique_ptr<char[]> text(new char[length]);
    std::unique_ptr<unsigned char[]> back(new unsigned char[base64url::most_bytes(length)]);
    base64url::encode(input, text.get());
    std::optional<size_t> count = base64url::decode({text.get(), length}, back.get());
    if (!count || *count != size || (size > 0 && memcmp(back.get(), data, size) != 0)) abort();
    return 0;
}
