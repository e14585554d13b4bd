// The benchmark's client; bench/run builds it, starts the servers and calls it. Google Benchmark drives: one
// benchmark is one case, one iteration is one round of all variants (meter t) or one measurement of them (meter i).
#include <benchmark/benchmark.h>
#include <getopt.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <regex>

#include "meter.hpp"
#include "report.hpp"

namespace {

using namespace bench;

constexpr char usage[] =
    "usage: djust_tenants_bench --socket DIR --meter i|t|plans [--cachegrind DIR] [--out PREFIX]\n"
    "                           [--filter REGEX] [--rounds N] [--scale X] [--quick] [--no-pin]\n"
    "  --socket DIR      directory of the server's unix socket\n"
    "  --meter i|t|plans instructions (the server runs under cachegrind), time, or EXPLAIN only\n"
    "  --cachegrind DIR  where the backends leave cachegrind.out.<pid>\n"
    "  --out PREFIX      writes PREFIX.json, PREFIX.md and PREFIX.dat\n"
    "  --filter REGEX    only the cases whose name, such as pk/simple/text, matches\n"
    "  --rounds N        rounds of a case in meter t (100)\n"
    "  --scale X         multiplies the number of statements in meter i (1)\n"
    "  --quick           without the sub-select rival and the switch in one message\n"
    "  --no-pin          leaves client and backends to the scheduler in meter t\n";

struct Options {
    std::string socket, meter, cachegrind, out, filter;
    int rounds = 100;
    double scale = 1;
    bool quick = false;
    bool pin = true;
};

[[noreturn]] void refuse(const std::string &message) {
    std::cerr << "bench: " << message << "\n" << usage;
    std::exit(2);
}

double positive(const char *option, const char *text) {
    char *end;
    double value = std::strtod(text, &end);
    if (end == text || *end || !(value > 0) || value > 1e6)
        refuse(std::string(option) + " needs a positive number, not \"" + text + "\"");
    return value;
}

Options parse(int argc, char **argv) {
    const option known[] = {{"socket", required_argument, nullptr, 's'}, {"meter", required_argument, nullptr, 'm'},
                            {"cachegrind", required_argument, nullptr, 'c'}, {"out", required_argument, nullptr, 'o'},
                            {"filter", required_argument, nullptr, 'f'}, {"rounds", required_argument, nullptr, 'r'},
                            {"scale", required_argument, nullptr, 'x'}, {"quick", no_argument, nullptr, 'q'},
                            {"no-pin", no_argument, nullptr, 'p'},
                            {"help", no_argument, nullptr, 'h'}, {nullptr, 0, nullptr, 0}};
    Options options;
    for (int c; (c = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
        switch (c) {
            case 's': options.socket = optarg; break;
            case 'm': options.meter = optarg; break;
            case 'c': options.cachegrind = optarg; break;
            case 'o': options.out = optarg; break;
            case 'f': options.filter = optarg; break;
            case 'r': options.rounds = static_cast<int>(positive("--rounds", optarg)); break;
            case 'x': options.scale = positive("--scale", optarg); break;
            case 'q': options.quick = true; break;
            case 'p': options.pin = false; break;
            case 'h': std::cout << usage; std::exit(0);
            default: std::cerr << usage; std::exit(2);
        }
    }
    if (optind < argc) refuse(std::string("unexpected argument \"") + argv[optind] + "\"");
    if (options.socket.empty()) refuse("--socket is needed");
    if (options.meter != "i" && options.meter != "t" && options.meter != "plans")
        refuse("--meter is i, t or plans, not \"" + options.meter + "\"");
    if (options.meter == "i" && options.cachegrind.empty()) refuse("--meter i needs --cachegrind");
    if (options.rounds < 1) refuse("--rounds needs a whole number from 1");
    return options;
}

std::vector<Case> selected(const Options &options) {
    std::vector<Case> cases;
    try {
        std::regex filter(options.filter);
        for (Work work : works) {
            if (options.quick && work == Work::message) continue;
            for (Protocol protocol : protocols)
                for (Key key : keys)
                    if (std::regex_search(Case{work, protocol, key}.name(), filter))
                        cases.push_back({work, protocol, key});
        }
    } catch (const std::regex_error &) {
        refuse("--filter is not a regular expression: \"" + options.filter + "\"");
    }
    if (cases.empty()) refuse("--filter \"" + options.filter + "\" matches no case");
    return cases;
}

// Everything goes to the shared buffers, and the relation cache's file is there, before the first backend counts.
void prewarm(const Data &data) {
    Connection superuser(data.socket, "postgres");
    superuser.query(
        "SELECT count(pg_prewarm(c.oid::regclass)) FROM pg_class c WHERE relkind IN ('r', 'i', 't') "
        "AND pg_relation_size(c.oid) > 0");
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
    for (const Case &which : cases) {
        std::string limit = Session(data, which, Variant::limit).explain();
        std::cout << "== " << which.name() << "\n-- " << title(Variant::limit) << "\n" << limit;
        for (Variant variant : participants(which.work, false)) {
            if (variant == Variant::limit || variant == Variant::limit_again) continue;
            std::string plan = Session(data, which, variant).explain();
            bool same = shape(plan) == shape(limit);
            std::cout << "-- " << title(variant) << (same ? ": the same nodes\n" : ": OTHER NODES\n");
            if (!same || variant == Variant::ours) std::cout << plan;
        }
        std::cout << "\n";
    }
}

void add(const Options &options, const Data &data, Case which, std::vector<Row> &rows) {
    bool instructions = options.meter == "i";
    auto body = [&options, &data, which, &rows, instructions](benchmark::State &state) {
        try {
            Costs costs;
            if (instructions) {
                for ([[maybe_unused]] auto _ : state) {
                    costs = InstructionMeter(data, options.cachegrind, options.scale, options.quick).measure(which);
                    state.SetIterationTime(1);
                }
            } else {
                TimeMeter meter(data, which, options.quick, options.pin);
                for ([[maybe_unused]] auto _ : state) state.SetIterationTime(meter.round());
                costs = meter.result();
            }
            for (const auto &[variant, cost] : costs) state.counters[name(variant)] = cost.ratio;
            rows.push_back({which, costs});
        } catch (const std::exception &error) {
            state.SkipWithError(error.what());
        }
    };
    benchmark::RegisterBenchmark(which.name().c_str(), body)
        ->UseManualTime()
        ->Iterations(instructions ? 1 : options.rounds);
}

// The meter's own error, which is LIMIT against itself. Meter i has to be good to 1 %.
bool trustworthy(Unit unit, const std::vector<Row> &rows) {
    double worst = 0;
    for (const Row &row : rows) worst = std::max(worst, std::abs(row.costs.at(Variant::limit_again).ratio - 1));
    if (rows.empty()) return false;
    std::printf("LIMIT against itself: at most %.2f %% off\n", worst * 100);
    std::fflush(stdout);
    if (unit == Unit::time || worst <= 0.01) return true;
    std::cerr << "bench: meter i must be good to 1 %: do not trust these numbers\n";
    return false;
}

int run(const Options &options) {
    std::vector<Case> cases = selected(options);
    Data data = read_data(options.socket);
    prewarm(data);
    if (options.meter == "plans") {
        print_plans(data, cases);
        return 0;
    }

    std::vector<Row> rows;
    Unit unit = options.meter == "i" ? Unit::instructions : Unit::time;
    Table table(unit, rows, cases.size());
    for (const Case &which : cases) add(options, data, which, rows);
    int argc = 1;
    char program[] = "djust_tenants_bench";
    char *argv[] = {program, nullptr};
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks(&table);
    if (!options.out.empty()) {
        Connection superuser(options.socket, "postgres");
        write_files(options.out, unit, rows,
                    {{"server", superuser.query("SELECT version()").value(0, 0)},
                     {"measured", superuser.query("SELECT to_char(now() AT TIME ZONE 'UTC', "
                                                  "'YYYY-MM-DD HH24:MI \"UTC\"')").value(0, 0)},
                     {"tenants", std::to_string(data.tenants.size())},
                     {"rows_of_a_tenant", std::to_string(data.rows)},
                     {"rounds", unit == Unit::time ? std::to_string(options.rounds) : "-"},
                     {"pinned", unit == Unit::time ? (options.pin ? "yes" : "no") : "-"}});
    }
    return table.failed() || !trustworthy(unit, rows) ? 1 : 0;
}

}  // namespace

int main(int argc, char **argv) {
    try {
        return run(parse(argc, argv));
    } catch (const std::exception &error) {
        std::cerr << "bench: " << error.what() << "\n";
        return 1;
    }
}
