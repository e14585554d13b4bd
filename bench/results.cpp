#include "results.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace bench {

namespace {

// One line, without the separator.
std::string flat(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
    return text;
}

std::vector<std::string> split(const std::string &line) {
    std::vector<std::string> fields(1);
    for (char c : line)
        if (c == '\t')
            fields.emplace_back();
        else
            fields.back() += c;
    return fields;
}

Variant variant_of(const std::string &text) {
    for (Variant variant : variants)
        if (name(variant) == text) return variant;
    throw Error("no variant " + text);
}

}  // namespace

std::string decimal(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

void write_file(const std::string &file, const std::string &content) {
    std::ofstream out(file);
    out << content;
    if (!out.flush()) throw Error("cannot write " + file);
}

void write_results(const std::string &file, const Results &results) {
    std::ostringstream out;
    for (const auto &[key, value] : results.facts) out << "fact\t" << key << '\t' << flat(value) << '\n';
    for (const Measured &result : results.cases) {
        const std::string head =
            result.row + '\t' + result.name + '\t' + result.meter + '\t' + (result.gates ? "gates" : "-") + '\t';
        if (!result.failure.empty()) out << "failure\t" << head << flat(result.failure) << '\n';
        for (const auto &[variant, cost] : result.costs)
            out << "cost\t" << head << name(variant) << '\t' << decimal(cost.amount, 1) << '\t'
                << decimal(cost.ratio, 5) << '\t' << flat(cost.impossible) << '\t' << flat(cost.note) << '\n';
    }
    write_file(file, out.str());
}

void read_results(const std::string &file, Results &into) {
    std::ifstream input(file);
    if (!input) throw Error("cannot read " + file);
    for (std::string line; std::getline(input, line);) {
        std::vector<std::string> field = split(line);
        if (field[0] == "fact") {
            std::pair<std::string, std::string> fact(field.at(1), field.at(2));
            if (std::find(into.facts.begin(), into.facts.end(), fact) == into.facts.end()) into.facts.push_back(fact);
            continue;
        }
        if (into.cases.empty() || into.cases.back().name != field.at(2) || into.cases.back().meter != field.at(3))
            into.cases.push_back({field.at(1), field.at(2), field.at(3), field.at(4) == "gates", {}, ""});
        Measured &result = into.cases.back();
        if (field[0] == "failure")
            result.failure = field.at(5);
        else
            result.costs[variant_of(field.at(5))] = {std::stod(field.at(6)), std::stod(field.at(7)), field.at(8),
                                                     field.at(9)};
    }
}

}  // namespace bench
