// What the fuzzers have in the server's place: memory that is forgotten after each run, errors that end it, settings
// that are set through the extension's own hooks as the server would, and jsonb values as the server makes them.
#pragma once
#include <setjmp.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pg.hpp"

namespace server {

// Says where, and ends the program: libFuzzer keeps the input.
#define REQUIRE(condition) \
    do {                   \
        if (!(condition)) server::fail(#condition, __FILE__, __LINE__); \
    } while (false)
[[noreturn]] void fail(const char *what, const char *file, int line);

// Frees what palloc() gave.
void forget();

// An error that the extension's code raises: std::nullopt when `body` came to its end. Nothing between here and there
// may own memory.
extern jmp_buf *catcher;
extern std::string error_detail;
template <typename Body>
bool raises(Body body) {
    jmp_buf place;
    jmp_buf *outer = std::exchange(catcher, &place);
    bool raised = setjmp(place) != 0;
    if (!raised) body();
    catcher = outer;
    return raised;
}

// As SET does: false when the check hook refuses, and the setting is what it was.
bool set(std::string_view name, std::string_view value);
bool set(std::string_view name, int value);
// As RESET ALL.
void reset_settings();
extern std::string refusal;  // what the last check hook said that refused

// A JSON value. Text is what a string, or a number in numeric_out's form, says.
struct Json {
    enum class Kind { null, boolean, number, string, array, object } kind = Kind::null;
    std::string text;
    // Of an object in jsonb's order, shorter names first, and of two with one name the last. An array's have no names.
    std::vector<std::pair<std::string, Json>> members;

    const Json *member(std::string_view name) const;
    bool is_text() const { return kind == Kind::string || kind == Kind::number; }
    bool operator==(const Json &other) const;
};

// Text that is not JSON gives null, and what comes after a value is left alone. Strings may hold any bytes but the quote;
// \uXXXX below 0x80 and the escapes of one character are read.
Json parse(std::string_view text);

// A jsonb in memory of exactly its size, so that the sanitizer sees one byte too many. Freed by forget().
Jsonb *jsonb(const Json &value);

// The first line of an input and the rest of it.
std::string_view take_line(std::string_view &input);

}  // namespace server
