#include "meter.hpp"

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <mutex>
#include <random>
#include <thread>

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t least_rounds = 10;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// A backend writes its file while it exits; the line `summary:` is the last.
double read_summary(const std::string &file) {
    auto start = Clock::now();
    while (seconds_since(start) < 60) {
        std::ifstream input(file);
        for (std::string line; std::getline(input, line);)
            if (line.rfind("summary:", 0) == 0 && !input.eof()) return std::stod(line.substr(8));
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    throw Error("no instruction count in " + file + ": does the server run under cachegrind?");
}

void verify(const Case &which, Variant variant, Session &session) {
    std::string wrong = session.verify();
    if (!wrong.empty()) throw Error(which.name + " by " + name(variant) + ": " + wrong);
}

double total_instructions(const Data &data, const Case &which, Variant variant, int statements,
                          const std::string &directory) {
    int backend;
    {
        std::unique_ptr<Session> session = which.open(data, variant);
        session->send_only_to_sleeper();
        backend = session->backend();
        session->run(which.warm_up);
        session->run(statements);
        verify(which, variant, *session);
    }
    std::string file = directory + "/cachegrind.out." + std::to_string(backend);
    double instructions = read_summary(file);
    unlink(file.c_str());
    return instructions;
}

// See Case::minus.
bool has_result(const Case &which, Variant variant) { return which.minus.empty() || which.minus.count(variant) > 0; }

void take_off(const Case &which, Costs &costs) {
    const Costs whole = costs;
    for (const auto &[variant, cost] : whole)
        if (!has_result(which, variant)) costs.erase(variant);
    for (auto &[variant, cost] : costs)
        if (!which.minus.empty()) cost.amount -= whole.at(which.minus.at(variant)).amount;
}

void set_ratios(Costs &costs) {
    const double limit = costs.at(Variant::limit).amount;
    for (auto &[variant, cost] : costs) cost.ratio = cost.amount / limit;
}

// The client on the first of the processors that it may use, all backends on the last.
void pin_to(int process, bool client) {
    static const cpu_set_t allowed = [] {
        cpu_set_t set;
        CPU_ZERO(&set);
        sched_getaffinity(0, sizeof set, &set);
        return set;
    }();
    int first = -1, last = -1;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed)) continue;
        if (first < 0) first = cpu;
        last = cpu;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(client ? first : last, &one);
    if (sched_setaffinity(process, sizeof one, &one) != 0)
        throw Error("cannot pin process " + std::to_string(process) + " to a processor; try --no-pin");
}

// Seconds of processor time that a process has used.
double processor_time(int process) {
    clockid_t clock;
    timespec time;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0)
        throw Error("cannot read the processor time of process " + std::to_string(process));
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Runner {
    Variant variant;
    std::unique_ptr<Session> session;
    std::vector<double> times;  // seconds of each round
};

}  // namespace

Costs count_instructions(const Data &data, const Case &which, const std::string &directory, double scale) {
    const int n = std::max(1, static_cast<int>(which.statements * scale));
    struct Job {
        Variant variant;
        std::vector<int> lengths;
    };
    // Where it writes, a variant's two sessions follow each other; they would meet in its table.
    std::vector<Job> jobs;
    for (Variant variant : which.variants) {
        if (which.writes) {
            jobs.push_back({variant, {n, 3 * n}});
        } else {
            jobs.push_back({variant, {3 * n}});
            jobs.push_back({variant, {n}});
        }
    }
    // Two backends at a time: a count of instructions does not mind a neighbour.
    Costs costs;
    std::mutex mutex;
    size_t taken = 0;
    auto worker = [&] {
        for (;;) {
            const Job *job;
            {
                std::lock_guard<std::mutex> lock(mutex);
                if (taken == jobs.size()) return;
                job = &jobs[taken++];
            }
            try {
                for (int length : job->lengths) {
                    double total = total_instructions(data, which, job->variant, length, directory);
                    std::lock_guard<std::mutex> lock(mutex);
                    costs[job->variant].amount += (length == n ? -total : total) / (2 * n);
                }
            } catch (const NotPossible &error) {
                std::lock_guard<std::mutex> lock(mutex);
                costs[job->variant].impossible = error.what();
            }
        }
    };
    std::future<void> other;
    if (!which.alone) other = std::async(std::launch::async, worker);
    worker();
    if (other.valid()) other.get();
    take_off(which, costs);
    for (auto &[variant, cost] : costs) cost.amount /= which.calls;
    set_ratios(costs);
    return costs;
}

Costs take_turns(const Data &data, const Case &which, const Turns &turns) {
    Costs costs;
    std::vector<Runner> runners;
    if (turns.pin) pin_to(0, true);
    for (Variant variant : which.variants) {
        Runner runner{variant, which.open(data, variant), {}};
        if (turns.pin) pin_to(runner.session->backend(), false);
        try {
            runner.session->run(std::max(1, 2 * which.warm_up));
            runners.push_back(std::move(runner));
        } catch (const NotPossible &error) {
            costs[variant].impossible = error.what();
        }
    }
    std::vector<Runner *> order;
    for (Runner &runner : runners) order.push_back(&runner);
    std::mt19937 random{1};
    size_t rounds = 0;
    for (auto start = Clock::now(); rounds < static_cast<size_t>(turns.rounds); rounds++) {
        if (rounds >= least_rounds && seconds_since(start) > turns.seconds) break;
        // In a new order each time: who comes after whom decides whose rows are still in the processor's caches.
        std::shuffle(order.begin(), order.end(), random);
        for (Runner *runner : order) {
            const bool cpu = which.meter == Meter::cpu;
            double used = cpu ? processor_time(runner->session->backend()) : 0;
            auto begin = Clock::now();
            runner->session->run(which.statements);
            runner->times.push_back(cpu ? processor_time(runner->session->backend()) - used : seconds_since(begin));
        }
    }
    std::map<Variant, std::vector<double>> whole;
    for (Runner &runner : runners) {
        verify(which, runner.variant, *runner.session);
        whole[runner.variant] = std::move(runner.times);
    }
    std::map<Variant, std::vector<double>> times;
    for (const auto &[variant, seconds] : whole) {
        if (!has_result(which, variant)) continue;
        times[variant] = seconds;
        for (size_t i = 0; i < rounds && !which.minus.empty(); i++)
            times[variant][i] -= whole.at(which.minus.at(variant))[i];
    }
    const std::vector<double> &limit = times.at(Variant::limit);
    for (const auto &[variant, seconds] : times) {
        std::vector<double> ratios(rounds);
        for (size_t i = 0; i < rounds; i++) ratios[i] = seconds[i] / limit[i];
        costs[variant].amount = median(seconds) / which.statements / which.calls * 1e9;
        costs[variant].ratio = median(ratios);
    }
    return costs;
}

}  // namespace bench
