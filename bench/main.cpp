// The benchmark's client; bench/run builds it, starts the servers and calls it, once for each phase. Google Benchmark
// drives: one benchmark is one case.
#include <benchmark/benchmark.h>
#include <getopt.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <set>
#include <sstream>

#include "goals.hpp"
#include "meter.hpp"
#include "report.hpp"

namespace {

using namespace bench;

constexpr char usage[] =
    "usage: djust_tenants_bench --socket DIR --phase time|instructions|loading --out FILE [--cachegrind DIR] [OPTION...]\n"
    "       djust_tenants_bench --socket DIR --phase PHASE --plans [OPTION...]\n"
    "       djust_tenants_bench --list [OPTION...]\n"
    "       djust_tenants_bench --report --out DIR FILE...\n"
    "  --socket DIR      directory of the server's unix socket\n"
    "  --phase PHASE     which kind of server that is: plain, under cachegrind, or there without the library preloaded\n"
    "  --cachegrind DIR  where the backends leave cachegrind.out.<pid>\n"
    "  --out FILE        where the results go\n"
    "  --plans           EXPLAIN only\n"
    "  --list            the phases and names of the cases, and nothing else\n"
    "  --report          puts the results of FILEs together, prints the goals and writes tables into DIR\n"
    "options:\n"
    "  --filter REGEX    only the cases whose name, such as pk/simple/text, matches\n"
    "  --rows REGEX      only the cases of the rows of the goals table whose name matches\n"
    "  --meter i|t|both  i: instructions only; t: time, processor time and memory only\n"
    "  --rounds N        at most so many rounds of a case in meter t and cpu (200)\n"
    "  --seconds X       and no more once so many have passed (6)\n"
    "  --scale X         multiplies the number of statements in meter i (1)\n"
    "  --quick           fewer cases and variants\n"
    "  --since EPOCH     when the run began, for the progress\n"
    "  --no-pin          leaves client and backends to the scheduler in meter t\n";

struct Options {
    std::string socket, phase, cachegrind, out, filter, rows, meter = "both";
    Turns turns;
    double scale = 1, since = 0;
    bool quick = false, plans = false, list = false, report = false;
    std::vector<std::string> files;
};

[[noreturn]] void refuse(const std::string &message) {
    std::cerr << "bench: " << message << "\n" << usage;
    std::exit(2);
}

double positive(const char *option, const char *text) {
    char *end;
    double value = std::strtod(text, &end);
    if (end == text || *end || !(value > 0)) refuse(std::string(option) + " needs a positive number, not \"" + text + "\"");
    return value;
}

Options parse(int argc, char **argv) {
    const option known[] = {
        {"socket", 1, nullptr, 's'},  {"phase", 1, nullptr, 'p'},  {"cachegrind", 1, nullptr, 'c'},
        {"out", 1, nullptr, 'o'},     {"filter", 1, nullptr, 'f'}, {"rows", 1, nullptr, 'w'},
        {"meter", 1, nullptr, 'm'},   {"rounds", 1, nullptr, 'r'}, {"seconds", 1, nullptr, 'n'},
        {"scale", 1, nullptr, 'x'},   {"since", 1, nullptr, 'e'},  {"quick", 0, nullptr, 'q'},
        {"no-pin", 0, nullptr, 'u'},  {"plans", 0, nullptr, 'l'},  {"list", 0, nullptr, 'i'},
        {"report", 0, nullptr, 't'},  {"help", 0, nullptr, 'h'},   {nullptr, 0, nullptr, 0}};
    Options options;
    for (int c; (c = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
        switch (c) {
            case 's': options.socket = optarg; break;
            case 'p': options.phase = optarg; break;
            case 'c': options.cachegrind = optarg; break;
            case 'o': options.out = optarg; break;
            case 'f': options.filter = optarg; break;
            case 'w': options.rows = optarg; break;
            case 'm': options.meter = optarg; break;
            case 'r': options.turns.rounds = static_cast<int>(std::min(1e6, std::ceil(positive("--rounds", optarg)))); break;
            case 'n': options.turns.seconds = positive("--seconds", optarg); break;
            case 'x': options.scale = positive("--scale", optarg); break;
            case 'e': options.since = positive("--since", optarg); break;
            case 'q': options.quick = true; break;
            case 'u': options.turns.pin = false; break;
            case 'l': options.plans = true; break;
            case 'i': options.list = true; break;
            case 't': options.report = true; break;
            case 'h': std::cout << usage; std::exit(0);
            default: std::cerr << usage; std::exit(2);
        }
    }
    options.files.assign(argv + optind, argv + argc);
    if (options.meter != "i" && options.meter != "t" && options.meter != "both")
        refuse("--meter is i, t or both, not \"" + options.meter + "\"");
    if (options.report) {
        if (options.out.empty() || options.files.empty()) refuse("--report needs --out and files");
        return options;
    }
    if (!options.files.empty()) refuse("unexpected argument \"" + options.files[0] + "\"");
    if (options.list) return options;
    if (options.socket.empty()) refuse("--socket is needed");
    if (options.phase != "time" && options.phase != "instructions" && options.phase != "loading")
        refuse("--phase is time, instructions or loading, not \"" + options.phase + "\"");
    if (options.plans) return options;
    if (options.out.empty()) refuse("--out is needed");
    if (options.phase != "time" && options.cachegrind.empty()) refuse("--cachegrind is needed");
    return options;
}

// In the order of the phases, as bench/run goes through them.
std::vector<Case> selected(const Options &options) {
    std::vector<Case> result;
    const Cases all = all_cases(options.quick);
    const char *option = "--filter";
    try {
        std::regex filter(options.filter);
        option = "--rows";
        std::regex rows(options.rows);
        for (Phase phase : {Phase::time, Phase::instructions, Phase::loading})
            for (const Case &which : all.list())
                if (which.phase == phase && std::regex_search(which.name, filter) &&
                    std::regex_search(which.row, rows) &&
                    (options.meter == "both" || (options.meter == "i") == (which.meter == Meter::instructions)))
                    result.push_back(which);
    } catch (const std::regex_error &) {
        refuse(std::string(option) + " is not a regular expression");
    }
    if (result.empty()) refuse("no case matches");
    return result;
}

// Everything goes to the shared buffers, and the relation cache's file is there, before the first backend counts. The
// thousands of tables of a schema for each tenant are nobody's in meter i.
void prewarm(const Data &data) {
    data.superuser->query(
        "SELECT count(pg_prewarm(c.oid::regclass)) FROM pg_class c WHERE relkind IN ('r', 'i', 't') "
        "AND pg_relation_size(c.oid) > 0 AND relnamespace::regnamespace::text !~ '^schema_[0-9]'");
}

// The nodes of a plan without their conditions: what a variant must share with LIMIT to be compared with it.
std::string shape(const std::string &plan) {
    std::string nodes;
    std::istringstream lines(plan);
    for (std::string line; std::getline(lines, line);)
        if (line.find("->") != std::string::npos || line.find(':') == std::string::npos) nodes += line + "\n";
    return nodes;
}

void print_plans(const Data &data, const std::vector<Case> &cases) {
    std::set<std::string> seen;
    for (const Case &which : cases) {
        if (!which.open || !seen.insert(which.name).second) continue;
        std::shared_ptr<void> around = which.around ? which.around(data) : nullptr;
        std::string limit = which.open(data, Variant::limit)->explain();
        if (limit.empty()) continue;
        std::cout << "== " << which.name << "\n-- " << title(Variant::limit) << "\n" << limit;
        for (Variant variant : which.variants) {
            if (by_hand(variant) || (!which.minus.empty() && !which.minus.count(variant))) continue;
            std::string plan = which.open(data, variant)->explain();
            bool same = shape(plan) == shape(limit);
            std::cout << "-- " << title(variant) << (same ? ": the same nodes\n" : ": OTHER NODES\n");
            if (!same || variant == Variant::ours) std::cout << plan;
        }
        std::cout << "\n";
    }
}

Costs measure(const Options &options, const Data &data, const Case &which) {
    std::shared_ptr<void> around = which.around ? which.around(data) : nullptr;
    if (which.measure) return which.measure(data);
    if (which.meter == Meter::instructions) return count_instructions(data, which, options.cachegrind, options.scale);
    return take_turns(data, which, options.turns);
}

// The meter's own error, which is LIMIT against itself. Meter i has to be good to 1 %.
bool trustworthy(const std::vector<Measured> &results) {
    bool good = true;
    for (const char *meter : {"i", "t", "cpu"}) {
        double worst = -1;
        for (const Measured &result : results) {
            auto again = result.costs.find(Variant::limit_again);
            if (result.meter == meter && again != result.costs.end())
                worst = std::max(worst, std::abs(again->second.ratio - 1));
        }
        if (worst < 0) continue;
        std::cout << "Meter " << meter << ": LIMIT against itself is at most " << decimal(worst * 100, 2) << " % off\n";
        if (meter[0] != 'i' || worst <= 0.01) continue;
        std::cerr << "bench: meter i must be good to 1 %: do not trust these numbers\n";
        good = false;
    }
    std::cout << std::flush;
    return good;
}

int report(const Options &options) {
    Results results;
    for (const std::string &file : options.files) read_results(file, results);
    write_report(options.out, results);
    return 0;
}

int run(const Options &options) {
    const std::vector<Case> all = selected(options);
    if (options.list) {
        for (const Case &which : all) std::cout << name(which.phase) << ' ' << which.name << '\n';
        return 0;
    }
    std::vector<Case> cases;
    Progress progress;
    progress.total = all.size();
    for (const Case &which : all) {
        if (name(which.phase) == options.phase) cases.push_back(which);
        else if (cases.empty()) progress.before++;
        if (!cases.empty()) progress.total_weight += weight(which);
    }
    if (cases.empty()) refuse("no case of this phase matches");
    Data data = read_data(options.socket);
    prewarm(data);
    if (options.plans) {
        print_plans(data, cases);
        return 0;
    }

    std::vector<Measured> results;
    progress.start = std::chrono::steady_clock::now();
    progress.began = options.since > 0 ? std::chrono::system_clock::time_point(
                                             std::chrono::seconds(static_cast<long>(options.since)))
                                       : std::chrono::system_clock::now();
    Lines lines(results, progress, cases);
    for (const Case &which : cases) {
        auto body = [&](benchmark::State &state) {
            lines.announce(which);
            Measured result{which.row, which.name, name(which.meter), which.gates, {}, ""};
            for ([[maybe_unused]] auto _ : state) {
                auto start = std::chrono::steady_clock::now();
                try {
                    result.costs = measure(options, data, which);
                } catch (const std::exception &error) {
                    result.failure = error.what();
                }
                state.SetIterationTime(
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
            }
            results.push_back(std::move(result));
        };
        std::string title = which.name + "/" + name(which.meter);
        benchmark::RegisterBenchmark(title.c_str(), body)->UseManualTime()->Iterations(1);
    }
    int argc = 1;
    char program[] = "djust_tenants_bench";
    char *argv[] = {program, nullptr};
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks(&lines);

    write_results(options.out,
                  {results,
                   {{"server", data.superuser->value("SELECT version()")},
                    {"day", data.superuser->value("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')")},
                    {"mode", options.quick ? "quick" : "full"},
                    {"tenants", std::to_string(data.tenants.size())},
                    {"rows_of_a_tenant", std::to_string(data.rows)}}});
    bool failed = std::any_of(results.begin(), results.end(), [](const Measured &m) { return !m.failure.empty(); });
    return !trustworthy(results) || failed ? 1 : 0;
}

}  // namespace

int main(int argc, char **argv) {
    try {
        Options options = parse(argc, argv);
        return options.report ? report(options) : run(options);
    } catch (const std::exception &error) {
        std::cerr << "bench: " << error.what() << "\n";
        return 1;
    }
}
