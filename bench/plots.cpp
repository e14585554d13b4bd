#include "plots.hpp"

#include <algorithm>
#include <map>

#include "goals.hpp"

namespace bench {

namespace {

const Measured *find(const std::vector<Measured> &results, const std::string &name, const std::string &meter) {
    for (const Measured &result : results)
        if (result.name == name && result.meter == meter && result.failure.empty()) return &result;
    return nullptr;
}

std::string cell(const Measured *result, Variant variant) {
    if (!result) return "?";
    auto found = result->costs.find(variant);
    return found == result->costs.end() || !found->second.impossible.empty() ? "?" : decimal(found->second.ratio, 4);
}

// The parts of a name such as leaky/like/900/simple.
std::vector<std::string> parts(const std::string &name) {
    std::vector<std::string> result(1);
    for (char c : name)
        if (c == '/')
            result.emplace_back();
        else
            result.back() += c;
    return result;
}

void write(const std::string &file, const std::string &head, const std::string &lines) {
    if (!lines.empty()) write_file(file, head + "\n" + lines);
}

std::string line(const std::string &label, const Measured *result, const std::vector<Variant> &columns) {
    if (!result) return "";
    std::string text = label;
    for (Variant variant : columns) text += "\t" + cell(result, variant);
    return text + "\n";
}

std::string head(const std::string &first, const std::vector<Variant> &columns) {
    std::string text = first;
    for (Variant variant : columns) text += std::string("\t") + title(variant);
    return text;
}

void overhead(const std::string &directory, const std::vector<Measured> &results) {
    const std::vector<Variant> columns = {Variant::ours, Variant::plain, Variant::setting, Variant::subselect};
    const std::pair<const char *, const char *> works[] = {
        {"pk", "PK look-up"}, {"range", "20-row range"}, {"join", "join"}, {"scan", "full scan"}};
    std::string lines;
    for (const char *protocol : {"simple", "generic"})
        for (const auto &[work, title] : works)
            lines += line(std::string(title) + (protocol[0] == 's' ? "" : ", prepared"),
                          find(results, std::string(work) + "/" + protocol + "/text", "i"), columns);
    write(directory + "/overhead.dat", head("work", columns), lines);
}

void cliff(const std::string &directory, const std::vector<Measured> &results) {
    const std::vector<Variant> columns = {Variant::plain, Variant::ours};
    const std::map<std::string, std::string> titles = {
        {"like", "LIKE 'ab%'"}, {"ilike", "ILIKE '%abc%'"}, {"regex", "~ regex"},      {"tsearch", "@@ tsquery"},
        {"jsonb", "jsonb @>"},  {"array", "array @>"},      {"numeric", "numeric range"}, {"enum", "enum ="},
        {"date", "timestamptz >= date"}};
    std::string lines;
    for (const char *rows : {"900", "100000"})
        for (const Measured &result : results) {
            std::vector<std::string> part = parts(result.name);
            if (part[0] != "leaky" || part[2] != rows || part[3] != "simple" || result.meter != "i") continue;
            lines += line(titles.at(part[1]) + (part[2] == "900" ? ", 900 rows" : ", 100,000 rows"), &result, columns);
        }
    write(directory + "/cliff.dat", head("operator", columns), lines);
}

void partitions(const std::string &directory, const std::vector<Measured> &results) {
    const std::vector<Variant> columns = {Variant::plain, Variant::setting, Variant::ours};
    std::string lines;
    for (const char *count : {"16", "64", "256"})
        lines += line(count, find(results, std::string("partitions/") + count + "/simple", "cpu"), columns);
    write(directory + "/partitions.dat", head("partitions", columns), lines);
}

void copy(const std::string &directory, const std::vector<Measured> &results) {
    const std::pair<Variant, const char *> ways[] = {{Variant::ours, "djust_tenants"},
                                                     {Variant::plain, "all switched off"},
                                                     {Variant::setting, "current_setting() policy"},
                                                     {Variant::trigger, "no RLS, plpgsql trigger"},
                                                     {Variant::batches, "INSERT, 1,000 rows each"}};
    std::string lines;
    for (const char *file : {"absent", "present"}) {
        const Measured *result = find(results, std::string("copy/") + file + "/text", "i");
        for (const auto &[variant, label] : ways) {
            if (!result || !result->costs.count(variant)) continue;
            if (file[0] == 'p' && variant != Variant::ours) continue;
            std::string what = label;
            if (variant == Variant::ours) what += file[0] == 'p' ? ", column present" : ", column absent";
            std::string ratio = cell(result, variant);
            lines += what + "\t" + (ratio == "?" ? "0\tnot possible" : ratio + "\t" + ratio.substr(0, 4)) + "\n";
        }
    }
    write(directory + "/copy.dat", "way\tratio\tlabel", lines);
}

void scale(const std::string &directory, const std::vector<Measured> &results) {
    std::map<long, std::vector<std::string>> points;
    for (const Measured &result : results) {
        std::vector<std::string> part = parts(result.name);
        if (part[0] != "scale") continue;
        auto &point = points.emplace(std::stol(part[1]), std::vector<std::string>(3, "?")).first->second;
        if (part[2] == "look_up" && part[3] == "simple") point[0] = cell(&result, Variant::ours);
        if (part[2] == "request" && part[3] == "generic") point[1] = cell(&result, Variant::ours);
        if (part[2] == "request_schemas" && part[3] == "generic") point[2] = cell(&result, Variant::schema);
    }
    std::string lines;
    for (const auto &[size, point] : points)
        lines += std::to_string(size) + "\t" + point[0] + "\t" + point[1] + "\t" + point[2] + "\n";
    write(directory + "/scale.dat",
          "tenants\tdjust_tenants, look-up (i)\tdjust_tenants, prepared, a transaction for each tenant in turn (cpu)\t"
          "schema per tenant, the same (cpu)",
          lines);
}

void memory(const std::string &directory, const std::vector<Measured> &results) {
    std::string lines;
    for (const Measured &result : results)
        if (result.meter == "memory")
            for (Variant variant : {Variant::limit, Variant::ours, Variant::plain, Variant::setting, Variant::schema}) {
                auto found = result.costs.find(variant);
                if (found == result.costs.end()) continue;
                lines += std::string(title(variant)) + "\t" + decimal(found->second.amount / 1048576, 2) + "\t" +
                         (found->second.note.empty() ? "-" : found->second.note) + "\n";
            }
    write(directory + "/memory.dat", "variant\tMB\tnote", lines);
}

// What OpenSSL takes, and what the token adds to set_current_tenant(), in microseconds, with the goal.
void tokens(const std::string &directory, const std::vector<Measured> &results) {
    const std::pair<const char *, const char *> works[] = {{"hs256", "HS256"}, {"es256", "ES256"}, {"rs256", "RS256"},
                                                           {"ps256", "PS256"}, {"eddsa", "EdDSA"}, {"cached", "known token"}};
    std::string lines;
    for (const auto &[work, label] : works) {
        const Measured *result = find(results, std::string("token/") + work, "cpu");
        if (!result) continue;
        auto of = [&](Variant variant) { return decimal(result->costs.at(variant).amount / 1000, 3); };
        auto goal = std::find_if(goals().begin(), goals().end(), [&](const Goal &one) { return one.row == result->row; });
        lines += std::string(label) + "\t" + of(Variant::limit) + "\t" + of(Variant::ours) + "\t" +
                 (goal == goals().end() || goal->limit == no_goal ? "?" : decimal(goal->limit, 0)) + "\n";
    }
    write(directory + "/tokens.dat",
          "token\tOpenSSL's HMAC() or EVP_DigestVerify(); for the known token set_current_tenant()\t"
          "what the token adds to set_current_tenant()\tgoal",
          lines);
}

void modes(const std::string &directory, const std::vector<Measured> &results) {
    std::string lines;
    for (const auto &[mode, title] : {std::pair("signed", "signed mode"), std::pair("fenced", "role with a fence"),
                                      std::pair("beside_fences", "others have fences")})
        for (const char *protocol : {"simple", "generic"})
            lines += line(std::string(title) + (protocol[0] == 's' ? "" : ", prepared"),
                          find(results, std::string(mode) + "/pk/" + protocol, "i"), {Variant::ours});
    write(directory + "/modes.dat", head("mode", {Variant::ours}), lines);
}

}  // namespace

void write_plot_columns(const std::string &directory, const std::vector<Measured> &results) {
    overhead(directory, results);
    cliff(directory, results);
    partitions(directory, results);
    copy(directory, results);
    scale(directory, results);
    memory(directory, results);
    tokens(directory, results);
    modes(directory, results);
}

}  // namespace bench
