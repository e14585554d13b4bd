#include "report.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <sstream>

#include "goals.hpp"
#include "plots.hpp"

namespace bench {

namespace {

std::string padded(const std::string &text, int width) {
    char cell[256];
    std::snprintf(cell, sizeof cell, width < 0 ? "%-*s" : "%*s", width < 0 ? -width : width, text.c_str());
    return cell;
}

std::string minutes(double seconds) {
    int whole = static_cast<int>(seconds);
    return std::to_string(whole / 60) + ":" + (whole % 60 < 10 ? "0" : "") + std::to_string(whole % 60);
}

std::string ratio(const Costs &costs, Variant variant) {
    auto found = costs.find(variant);
    if (found == costs.end()) return "-";
    const Cost &cost = found->second;
    if (!cost.impossible.empty()) return "not possible";
    return decimal(cost.ratio, cost.ratio < 0.1 || cost.ratio >= 10 ? 2 : 3) + (cost.note.empty() ? "" : "\\*");
}

// LIMIT itself is the one absolute column: thousands of instructions, microseconds, or megabytes.
std::string absolute(const Measured &result) {
    double amount = result.costs.at(Variant::limit).amount;
    return decimal(result.meter == "memory" ? amount / 1048576 : amount / 1000, 1);
}
const char *absolute_title(const std::string &meter) {
    return meter == "i" ? "LIMIT, 1000 i" : meter == "memory" ? "LIMIT, MB" : "LIMIT, us";
}
const char *heading(const std::string &meter) {
    if (meter == "i") return "Instructions of the backend (i)";
    if (meter == "t") return "Wall time (t)";
    return meter == "cpu" ? "Processor time of the backend (cpu)" : "Private memory of one backend (memory)";
}

std::string quoted(const std::string &text) {
    std::string result = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return result + '"';
}

std::string at_most(const char *sign, const Verdict &verdict) {
    return verdict.goal->limit == no_goal ? verdict.limit() : sign + verdict.limit();
}
std::string with_beside(const Verdict &verdict) {
    return verdict.where + (verdict.beside.empty() ? "" : ": " + verdict.beside);
}

std::string goals_table(const std::vector<Verdict> &verdicts) {
    std::string out = "| row | meter | goal | measured | | worst case |\n|---|---|--:|--:|---|---|\n";
    for (const Verdict &verdict : verdicts)
        out += std::string("| ") + verdict.goal->title + " | " + verdict.goal->meter + " | " + at_most("≤ ", verdict) +
               " | " + verdict.measured + " | " + verdict.verdict + " | " + with_beside(verdict) + " |\n";
    return out;
}

void print_goals(const std::vector<Verdict> &verdicts) {
    std::cout << "\n" << padded("row", -66) << padded("meter", -8) << padded("goal", 9) << padded("measured", 14)
              << "  " << padded("", -14) << "worst case\n";
    size_t met = 0, goals = 0;
    for (const Verdict &verdict : verdicts) {
        if (verdict.verdict == "met") met++;
        if (verdict.goal->limit != no_goal) goals++;
        std::cout << padded(verdict.goal->title, -66) << padded(verdict.goal->meter, -8)
                  << padded(at_most("<= ", verdict), 9) << padded(verdict.measured, 14) << "  "
                  << padded(verdict.verdict, -14) << with_beside(verdict) << "\n";
    }
    std::cout << met << " of " << goals << " goals met\n";
}

std::string details(const std::vector<Measured> &results, const std::string &meter) {
    std::vector<Variant> columns;
    for (Variant variant : variants)
        if (variant != Variant::limit &&
            std::any_of(results.begin(), results.end(), [&](const Measured &result) {
                return result.meter == meter && result.costs.count(variant) > 0;
            }))
            columns.push_back(variant);
    std::ostringstream out;
    out << heading(meter) << ".\n\n| case | " << absolute_title(meter);
    for (Variant variant : columns) out << " | " << title(variant);
    out << " |\n|---|--:";
    for (size_t i = 0; i < columns.size(); i++) out << "|--:";
    out << "|\n";
    std::string notes;
    for (const Measured &result : results) {
        if (result.meter != meter || !result.failure.empty()) continue;
        out << "| " << result.name << " | " << absolute(result);
        for (Variant variant : columns) out << " | " << ratio(result.costs, variant);
        out << " |\n";
        for (const auto &[variant, cost] : result.costs)
            if (!cost.note.empty()) notes += std::string("\n\\* ") + title(variant) + ": " + cost.note + ".\n";
    }
    return out.str() + notes;
}

const Costs *costs_of(const std::vector<Measured> &results, const std::string &row, const std::string &meter) {
    for (const Measured &result : results)
        if (result.row == row && result.meter == meter && result.failure.empty()) return &result.costs;
    return nullptr;
}

// The rows in microseconds, each beside what it is compared with: the goal as a ratio too, with the speed of this run,
// and the same by instructions.
std::string tokens_table(const std::vector<Measured> &results) {
    std::ostringstream out;
    for (const Goal &goal : goals()) {
        if (goal.unit != Unit::microseconds) continue;
        const Costs *time = costs_of(results, goal.row, goal.meter), *count = costs_of(results, goal.row, "i");
        if (!time) continue;
        const Cost &limit = time->at(Variant::limit), &ours = time->at(Variant::ours);
        if (out.tellp() == 0)
            out << "| | us | compared with | its us | ratio | goal, us | the goal as a ratio, here | 1000 i | its 1000 i "
                   "| ratio |\n|---|--:|---|--:|--:|--:|--:|--:|--:|--:|\n";
        out << "| " << goal.title << " | " << decimal(ours.amount / 1000, 2) << " | " << goal.base << " | "
            << decimal(limit.amount / 1000, 2) << " | " << decimal(ours.ratio, 2) << " | ";
        if (goal.limit == no_goal)
            out << "- | - | ";
        else
            out << "≤ " << decimal(goal.limit, 0) << " | " << decimal(goal.limit * 1000 / limit.amount, 1) << " | ";
        if (count)
            out << decimal(count->at(Variant::ours).amount / 1000, 1) << " | "
                << decimal(count->at(Variant::limit).amount / 1000, 1) << " | "
                << decimal(count->at(Variant::ours).ratio, 2) << " |\n";
        else
            out << "- | - | - |\n";
    }
    return out.str();
}

std::string facts_list(const Facts &facts) {
    std::string out;
    for (const auto &[key, value] : facts) out += "- " + key + ": " + value + "\n";
    return out;
}

std::string json(const Results &results, const std::vector<Verdict> &verdicts) {
    std::ostringstream out;
    out << "{";
    for (const auto &[key, value] : results.facts) out << "\n  " << quoted(key) << ": " << quoted(value) << ",";
    out << "\n  \"goals\": [";
    const char *separator = "\n";
    for (const Verdict &verdict : verdicts) {
        out << separator << "    {\"row\": " << quoted(verdict.goal->row) << ", \"title\": "
            << quoted(verdict.goal->title) << ", \"meter\": " << quoted(verdict.goal->meter)
            << ", \"goal\": " << quoted(verdict.limit()) << ", \"measured\": " << quoted(verdict.measured)
            << ", \"worst_case\": " << quoted(verdict.where);
        if (!verdict.beside.empty()) out << ", \"beside\": " << quoted(verdict.beside);
        out << ", \"verdict\": " << quoted(verdict.verdict) << "}";
        separator = ",\n";
    }
    out << "\n  ],\n  \"cases\": [";
    separator = "\n";
    for (const Measured &result : results.cases) {
        out << separator << "    {\"row\": " << quoted(result.row) << ", \"case\": " << quoted(result.name)
            << ", \"meter\": " << quoted(result.meter) << ", \"gates\": " << (result.gates ? "true" : "false");
        if (!result.failure.empty()) out << ", \"failure\": " << quoted(result.failure);
        for (const auto &[variant, cost] : result.costs) {
            out << ",\n     " << quoted(name(variant)) << ": {";
            if (!cost.impossible.empty())
                out << "\"not_possible\": " << quoted(cost.impossible);
            else
                out << "\"amount\": " << decimal(cost.amount, 1) << ", \"ratio\": " << decimal(cost.ratio, 5);
            if (!cost.note.empty()) out << ", \"note\": " << quoted(cost.note);
            out << "}";
        }
        out << "}";
        separator = ",\n";
    }
    out << "\n  ]\n}\n";
    return out.str();
}

}  // namespace

double weight(const Case &which) {
    if (which.measure) return 30;
    return static_cast<double>(which.variants.size()) * (which.phase == Phase::time ? 0.7 : 1.0);
}

std::string stamp(const Progress &progress, size_t done) {
    using namespace std::chrono;
    double gone = duration<double>(system_clock::now() - progress.began).count();
    double here = duration<double>(steady_clock::now() - progress.start).count();
    std::string text = "[" + std::to_string(progress.before + done) + "/" + std::to_string(progress.total) + "] " +
                       minutes(gone) + " gone";
    if (progress.done_weight > 0)
        text += ", about " +
                minutes(here / progress.done_weight * (progress.total_weight - progress.done_weight)) + " left";
    return text + ": ";
}

bool Lines::ReportContext(const Context &) { return true; }

// On a terminal the case that is running is shown too, and overwritten by its result.
void Lines::announce(const Case &which) {
    if (!isatty(1)) return;
    std::cout << "\r\033[K" << stamp(progress_, results_.size() + 1) << which.name << " (" << name(which.meter)
              << ") ..." << std::flush;
}

void Lines::ReportRuns(const std::vector<Run> &) {
    const Measured &result = results_.back();
    progress_.done_weight += weight(cases_[results_.size() - 1]);
    if (isatty(1)) std::cout << "\r\033[K";
    std::cout << padded(stamp(progress_, results_.size()), -42) << padded(result.name, -38)
              << padded(result.meter, -8);
    if (!result.failure.empty()) {
        std::cout << "FAILED\n" << std::flush;
        std::cerr << "bench: " << result.name << ": " << result.failure << std::endl;
        return;
    }
    for (const auto &[variant, cost] : result.costs) {
        if (variant == Variant::limit) continue;
        std::cout << name(variant) << ' '
                  << (!cost.impossible.empty()  ? "not possible"
                      : result.meter == "memory" ? decimal(cost.amount / 1048576, 1) + " MB"
                                                 : decimal(cost.ratio, 3))
                  << "  ";
    }
    std::cout << std::endl;
}

void write_report(const std::string &directory, const Results &results) {
    std::vector<Verdict> verdicts = judge(results.cases);
    write_file(directory + "/goals.md", goals_table(verdicts));
    std::string tables;
    for (const char *meter : {"i", "t", "cpu", "memory"})
        if (std::any_of(results.cases.begin(), results.cases.end(),
                        [&](const Measured &result) { return result.meter == meter; }))
            tables += (tables.empty() ? "" : "\n") + details(results.cases, meter);
    write_file(directory + "/details.md", tables);
    std::string tokens = tokens_table(results.cases);
    if (!tokens.empty()) write_file(directory + "/tokens.md", tokens);
    write_file(directory + "/results.json", json(results, verdicts));
    write_file(directory + "/facts.md", facts_list(results.facts));
    write_plot_columns(directory, results.cases);
    print_goals(verdicts);
}

}  // namespace bench
