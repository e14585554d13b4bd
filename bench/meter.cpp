#include "meter.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

// n: enough that the unevenness of start-up and of page splits (INSERT) is well below 1 % of 2n statements.
int instruction_statements(Work work) {
    switch (work) {
        case Work::scan: return 2;
        case Work::insert: return 1000;
        case Work::transaction:
        case Work::message: return 200;
        default: return 200;
    }
}

// A turn of some milliseconds.
int time_statements(Work work) {
    switch (work) {
        case Work::scan: return 1;
        case Work::transaction:
        case Work::message: return 20;
        default: return 50;
    }
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// A backend writes its file while it exits; the line `summary:` is the last.
double read_summary(const std::string &file) {
    auto deadline = Clock::now() + std::chrono::seconds(60);
    while (Clock::now() < deadline) {
        std::ifstream input(file);
        for (std::string line; std::getline(input, line);)
            if (line.rfind("summary:", 0) == 0 && !input.eof()) return std::stod(line.substr(8));
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    throw Error("no instruction count in " + file + ": does the server run under cachegrind?");
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

}  // namespace

InstructionMeter::InstructionMeter(const Data &data, std::string directory, double scale, bool quick)
    : data_(data), directory_(std::move(directory)), scale_(scale), quick_(quick) {}

double InstructionMeter::total(Case which, Variant variant, int statements) const {
    int backend;
    {
        Session session(data_, which, variant);
        session.send_only_to_sleeper();
        backend = session.backend();
        session.run(warm_up(which.work));
        session.run(statements);
        if (which.work == Work::insert) {
            Connection superuser(data_.socket, "postgres");
            session.verify_inserted(superuser);
        }
    }
    std::string file = directory_ + "/cachegrind.out." + std::to_string(backend);
    double instructions = read_summary(file);
    unlink(file.c_str());
    return instructions;
}

Costs InstructionMeter::measure(Case which) const {
    const int n = std::max(1, static_cast<int>(instruction_statements(which.work) * scale_));
    // LIMIT again comes last: it must not insert into LIMIT's table at the same time.
    std::vector<Variant> left;
    for (Variant variant : participants(which.work, quick_))
        if (variant != Variant::limit_again) left.push_back(variant);
    left.push_back(Variant::limit_again);

    // Two backends at a time: a count of instructions does not mind a neighbour.
    Costs costs;
    std::mutex mutex;
    size_t taken = 0;
    auto worker = [&] {
        for (;;) {
            Variant variant;
            {
                std::lock_guard<std::mutex> lock(mutex);
                if (taken == left.size()) return;
                variant = left[taken++];
            }
            double once = total(which, variant, n);
            double thrice = total(which, variant, 3 * n);
            std::lock_guard<std::mutex> lock(mutex);
            costs[variant].amount = (thrice - once) / (2 * n);
        }
    };
    auto other = std::async(std::launch::async, worker);
    worker();
    other.get();
    const double limit = costs.at(Variant::limit).amount;
    for (auto &[variant, cost] : costs) cost.ratio = cost.amount / limit;
    return costs;
}

struct TimeMeter::Runner {
    Runner(const Data &data, Case which, Variant variant) : variant(variant), session(data, which, variant) {}
    Variant variant;
    Session session;
    std::vector<double> times;  // seconds of each round
};

TimeMeter::TimeMeter(const Data &data, Case which, bool quick, bool pin)
    : superuser_(data.socket, "postgres"), statements_(time_statements(which.work)) {
    if (pin) pin_to(0, true);
    for (Variant variant : participants(which.work, quick)) {
        runners_.push_back(std::make_unique<Runner>(data, which, variant));
        if (pin) pin_to(runners_.back()->session.backend(), false);
        runners_.back()->session.run(2 * warm_up(which.work));
    }
}

TimeMeter::~TimeMeter() = default;

double TimeMeter::round() {
    double sum = 0;
    // In a new order each time: who comes after whom decides whose rows are still in the processor's caches.
    std::vector<Runner *> order;
    for (const auto &runner : runners_) order.push_back(runner.get());
    std::shuffle(order.begin(), order.end(), random_);
    for (Runner *runner : order) {
        auto start = Clock::now();
        runner->session.run(statements_);
        runner->times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
        sum += runner->times.back();
    }
    rounds_++;
    return sum;
}

Costs TimeMeter::result() {
    Costs costs;
    const std::vector<double> &limit = runners_.front()->times;
    for (const auto &runner : runners_) {
        runner->session.verify_inserted(superuser_);
        std::vector<double> ratios;
        for (size_t i = 0; i < rounds_; i++) ratios.push_back(runner->times[i] / limit[i]);
        costs[runner->variant] = {median(runner->times) / statements_ * 1e9, median(ratios)};
    }
    return costs;
}

}  // namespace bench
