#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

namespace bench {

namespace {

std::string number(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string ratio(const Costs &costs, Variant variant) {
    auto found = costs.find(variant);
    if (found == costs.end()) return "-";
    return number(found->second.ratio, found->second.ratio < 0.1 || found->second.ratio >= 10 ? 2 : 3);
}

// LIMIT itself is the one absolute column: thousands of instructions, or microseconds.
std::string absolute(const Costs &costs) { return number(costs.at(Variant::limit).amount / 1000, 1); }
const char *absolute_title(Unit unit) { return unit == Unit::instructions ? "LIMIT, 1000 i" : "LIMIT, us"; }

std::string padded(const std::string &text, int width) {
    char cell[128];
    std::snprintf(cell, sizeof cell, width < 0 ? "%-*s" : "%*s", width < 0 ? -width : width, text.c_str());
    return cell;
}

constexpr Variant ratio_columns[] = {Variant::limit_again, Variant::ours,    Variant::setting,
                                     Variant::subselect,   Variant::trigger, Variant::schema};

// Without those that had no part in any case.
std::vector<Variant> columns_of(const std::vector<Row> &rows) {
    std::vector<Variant> result;
    for (Variant variant : ratio_columns)
        if (std::any_of(rows.begin(), rows.end(), [&](const Row &row) { return row.costs.count(variant) > 0; }))
            result.push_back(variant);
    return result;
}

std::string short_title(Variant variant) {
    switch (variant) {
        case Variant::limit_again: return "LIMIT again";
        case Variant::ours: return "ours";
        case Variant::setting: return "setting";
        case Variant::subselect: return "subselect";
        case Variant::trigger: return "trigger";
        default: return "schema";
    }
}

std::string quoted(const std::string &text) {
    std::string result = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c == '\n' ? ' ' : c;
    }
    return result + '"';
}

void write_json(std::ostream &out, Unit unit, const std::vector<Row> &rows,
                const std::vector<std::pair<std::string, std::string>> &facts) {
    out << "{\n  \"meter\": " << (unit == Unit::instructions ? "\"instructions\"" : "\"time, ns\"");
    for (const auto &[key, value] : facts) out << ",\n  " << quoted(key) << ": " << quoted(value);
    out << ",\n  \"cases\": [";
    const char *separator = "\n";
    for (const Row &row : rows) {
        out << separator << "    {\"work\": " << quoted(name(row.which.work)) << ", \"protocol\": "
            << quoted(name(row.which.protocol)) << ", \"key\": " << quoted(name(row.which.key));
        for (const auto &[variant, cost] : row.costs)
            out << ",\n     " << quoted(name(variant)) << ": {\"per_statement\": " << number(cost.amount, 1)
                << ", \"ratio\": " << number(cost.ratio, 5) << "}";
        out << "}";
        separator = ",\n";
    }
    out << "\n  ]\n}\n";
}

void write_markdown(std::ostream &out, Unit unit, const std::vector<Row> &rows) {
    const std::vector<Variant> columns = columns_of(rows);
    out << "| work | protocol | key | " << absolute_title(unit);
    for (Variant variant : columns) out << " | " << title(variant);
    out << " |\n|---|---|---|--:";
    for (size_t i = 0; i < columns.size(); i++) out << "|--:";
    out << "|\n";
    for (const Row &row : rows) {
        out << "| " << title(row.which.work) << " | " << name(row.which.protocol) << " | " << name(row.which.key)
            << " | " << absolute(row.costs);
        for (Variant variant : columns) out << " | " << ratio(row.costs, variant);
        out << " |\n";
    }
}

void write_columns(std::ostream &out, const std::vector<Row> &rows) {
    const std::vector<Variant> columns = columns_of(rows);
    out << "case";
    for (Variant variant : columns) out << '\t' << title(variant);
    out << '\n';
    for (const Row &row : rows) {
        out << title(row.which.work) << ", " << name(row.which.protocol) << ", " << name(row.which.key);
        for (Variant variant : columns) {
            auto found = row.costs.find(variant);
            out << '\t' << (found == row.costs.end() ? "?" : number(found->second.ratio, 5));
        }
        out << '\n';
    }
}

}  // namespace

bool Table::ReportContext(const Context &) {
    std::ostream &out = GetOutputStream();
    out << padded("case", -34) << padded(absolute_title(unit_), 14);
    for (Variant variant : ratio_columns) out << padded(short_title(variant), 12);
    out << std::endl;
    return true;
}

void Table::ReportRuns(const std::vector<Run> &runs) {
    for (const Run &run : runs) {
        if (run.error_occurred) {
            failed_ = true;
            GetErrorStream() << "bench: " << run.error_message << std::endl;
            continue;
        }
        const Row &row = rows_.back();
        std::ostream &out = GetOutputStream();
        out << padded(row.which.name(), -34) << padded(absolute(row.costs), 14);
        for (Variant variant : ratio_columns) out << padded(ratio(row.costs, variant), 12);
        out << padded(std::to_string(rows_.size()) + "/" + std::to_string(expected_), 8) << std::endl;
    }
}

void write_files(const std::string &prefix, Unit unit, const std::vector<Row> &rows,
                 const std::vector<std::pair<std::string, std::string>> &facts) {
    std::ostringstream json, markdown, columns;
    write_json(json, unit, rows, facts);
    write_markdown(markdown, unit, rows);
    write_columns(columns, rows);
    const std::pair<const char *, std::string> files[] = {
        {".json", json.str()}, {".md", markdown.str()}, {".dat", columns.str()}};
    for (const auto &[suffix, text] : files) {
        std::ofstream out(prefix + suffix);
        out << text;
        if (!out.flush()) throw Error("cannot write " + prefix + suffix);
    }
}

}  // namespace bench
