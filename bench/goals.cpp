#include "goals.hpp"

#include <cmath>

namespace bench {

const std::vector<Goal> &goals() {
    static const std::vector<Goal> list = {
        {"point", "PK look-up, 20-row range, join: simple, unnamed, custom plans", "i", 1.00, 2},
        {"point_generic", "PK look-up, 20-row range, join: generic prepared plans", "i", 1.04, 2},
        {"partitions", "look-up in 64 to 256 partitions", "cpu", 1.05, 2},
        {"scan", "full scan of text, uuid, bigint keys, constant", "i", 1.01, 2},
        {"scan_generic", "full scan of text, uuid, bigint keys, generic", "i", 1.03, 2},
        {"leaky", "leaky operators with a tenant-leading index, constant", "i", 1.02, 2},
        {"leaky_generic", "leaky operators with a tenant-leading index, generic", "i", 1.10, 2},
        {"insert", "INSERT of one row, prepared", "i", 1.02, 2},
        {"insert_select", "INSERT ... SELECT of 1,000 rows", "i", 1.01, 2},
        {"insert_values", "INSERT of 1,000 VALUES rows", "i", 1.00, 2},
        {"update_delete", "UPDATE and DELETE by PK", "i", 1.03, 2},
        {"copy", "COPY FROM, tenant column absent and present", "i", 1.01, 2},
        {"switch_message", "switch in a transaction, one message", "t", 1.05, 2},
        {"switch_pipelined", "switch in a transaction, pipelined", "t", 1.15, 2},
        {"unscoped", "unscoped table, library loaded against not loaded", "i", 1.005, 3},
        {"memory", "private memory of a backend after 2,000 tenants", "memory", 12, 1, Unit::megabytes},
        {"scale", "look-up among 10 to 100,000 tenants", "i", 1.03, 2},
        {"resolve", "resolve_tenant of a full request, against jsonb ->>", "i", 2, 2},
        {"token_hs256", "HS256 token verified, on top of set_current_tenant", "cpu", 15, 1, Unit::microseconds, "HMAC()"},
        {"token_es256", "ES256 token verified, on top of set_current_tenant", "cpu", 150, 1, Unit::microseconds,
         "EVP_DigestVerify()"},
        {"token_cached", "token that the session knows, on top of set_current_tenant", "cpu", 3, 1, Unit::microseconds,
         "set_current_tenant()"},
        {"token_rs256", "RS256 token verified, on top of set_current_tenant", "cpu", no_goal, 1, Unit::microseconds,
         "EVP_DigestVerify()"},
        {"token_ps256", "PS256 token verified, on top of set_current_tenant", "cpu", no_goal, 1, Unit::microseconds,
         "EVP_DigestVerify()"},
        {"token_eddsa", "EdDSA token verified, on top of set_current_tenant", "cpu", no_goal, 1, Unit::microseconds,
         "EVP_DigestVerify()"},
        {"signed", "PK look-up in signed mode, against open mode", "i", no_goal, 2},
        {"fenced", "PK look-up where there are fences, against none", "i", no_goal, 2},
    };
    return list;
}

namespace {

double rounded(double value, int digits) {
    double power = std::pow(10, digits);
    return std::round(value * power) / power;
}

// How far from good a case is: a variant that cannot do the work at all is the worst.
double badness(const Goal &goal, const Cost &ours) {
    if (!ours.impossible.empty()) return HUGE_VAL;
    switch (goal.unit) {
        case Unit::ratio: return ours.ratio;
        case Unit::megabytes: return ours.amount / 1048576;
        case Unit::microseconds: return ours.amount / 1000;
    }
    return HUGE_VAL;
}

const char *unit(const Goal &goal) {
    return goal.unit == Unit::megabytes ? " MB" : goal.unit == Unit::microseconds ? " us" : "";
}

std::string shown(const Goal &goal, double value) {
    return decimal(value, goal.unit == Unit::ratio ? 3 : goal.unit == Unit::megabytes ? 1 : 2) + unit(goal);
}

// Microseconds mean something beside those of LIMIT alone.
std::string beside(const Goal &goal, const Costs &costs) {
    if (goal.unit != Unit::microseconds) return "";
    return decimal(costs.at(Variant::ours).ratio, 2) + " x " + goal.base + " of " +
           shown(goal, costs.at(Variant::limit).amount / 1000);
}

}  // namespace

std::string Verdict::limit() const {
    if (goal->limit == no_goal) return "-";
    return decimal(goal->limit, goal->unit == Unit::ratio ? goal->digits : 0) + unit(*goal);
}

std::vector<Verdict> judge(const std::vector<Measured> &results) {
    std::vector<Verdict> verdicts;
    for (const Goal &goal : goals()) {
        bool any = false;
        double worst = -HUGE_VAL;
        Verdict verdict{&goal, "-", "-", "not measured", ""};
        for (const Measured &result : results) {
            if (result.row != goal.row) continue;
            any = true;
            if (!result.gates) continue;
            auto ours = result.costs.find(Variant::ours);
            double value = ours == result.costs.end() ? HUGE_VAL : badness(goal, ours->second);
            if (value <= worst) continue;
            worst = value;
            verdict.where = result.name;
            verdict.measured = !result.failure.empty()     ? "failed"
                               : std::isinf(value)         ? "not possible"
                                                           : shown(goal, value);
            verdict.beside = std::isinf(value) ? "" : beside(goal, result.costs);
            verdict.verdict = goal.limit == no_goal                          ? "no goal"
                              : rounded(value, goal.digits) <= goal.limit ? "met"
                                                                          : "missed";
        }
        if (any) verdicts.push_back(verdict);
    }
    return verdicts;
}

}  // namespace bench
