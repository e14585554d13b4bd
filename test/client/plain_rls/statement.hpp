// What a generated statement is, and the dice that make it. The same seed gives the same statements, with one compiler.
#pragma once
#include <random>
#include <string>
#include <vector>

namespace plain_rls {

class Dice {
public:
    explicit Dice(unsigned seed) : random_(seed) {}
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <typename Items>
    const typename Items::value_type &any(const Items &items) {
        return items[below(static_cast<unsigned>(items.size()))];
    }
    std::string one_of(std::initializer_list<const char *> items) { return *(items.begin() + below(items.size())); }
    std::string number(unsigned limit) { return std::to_string(below(limit)); }

private:
    std::mt19937 random_;
};

// A value of a statement that may be written into its text or be a parameter.
struct Constant {
    std::string value, type;
};

struct Statement {
    std::string kind, sql;  // sql has marks where its constants are
    std::vector<Constant> constants;
    std::vector<std::string> touched;  // tables that it writes
    bool ordered = false;              // its order is total
    bool is_merge = false;             // no part of another statement before 17

    bool writes() const { return !touched.empty(); }
    std::string mark(const std::string &value, const std::string &type) {
        constants.push_back({value, type});
        return std::string(1, mark_begin) + std::to_string(constants.size()) + mark_end;
    }
    std::string with_literals() const {
        return replaced([this](size_t number) {
            const Constant &constant = constants[number - 1];
            return quoted(constant.value) + "::" + constant.type;
        });
    }
    std::string with_parameters() const {
        return replaced(
            [this](size_t number) { return "$" + std::to_string(number) + "::" + constants[number - 1].type; });
    }
    std::vector<std::string> values() const {
        std::vector<std::string> values;
        for (const Constant &constant : constants) values.push_back(constant.value);
        return values;
    }
    // "($1, $2)" of a call, or "" without any.
    std::string arguments() const {
        std::string list;
        for (const Constant &constant : constants) list += (list.empty() ? "" : ", ") + quoted(constant.value) + "::" + constant.type;
        return list;
    }
    std::string types() const {
        std::string list;
        for (const Constant &constant : constants) list += (list.empty() ? "" : ", ") + constant.type;
        return list;
    }
    static std::string quoted(const std::string &value) {
        std::string text = "'";
        for (char letter : value) text += letter == '\'' ? "''" : std::string(1, letter);
        return text + "'";
    }

private:
    static constexpr char mark_begin = '\1', mark_end = '\2';

    template <typename Make>
    std::string replaced(Make make) const {
        std::string text;
        for (size_t at = 0; at < sql.size();) {
            if (sql[at] != mark_begin) {
                text += sql[at++];
                continue;
            }
            size_t end = sql.find(mark_end, at);
            text += make(std::stoul(sql.substr(at + 1, end - at - 1)));
            at = end + 1;
        }
        return text;
    }
};

}  // namespace plain_rls
