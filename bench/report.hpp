// What comes out: a table on the terminal that grows while it runs, and at the end the same as JSON, as Markdown and
// as the columns that plot.gp draws.
#pragma once
#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <vector>

#include "meter.hpp"

namespace bench {

enum class Unit { instructions, time };

struct Row {
    Case which;
    Costs costs;
};

// Google Benchmark reports each case when it is done; the row itself is taken from `rows`, which the case has filled.
class Table : public benchmark::BenchmarkReporter {
  public:
    Table(Unit unit, const std::vector<Row> &rows, size_t expected)
        : unit_(unit), rows_(rows), expected_(expected) {}
    bool ReportContext(const Context &context) override;
    void ReportRuns(const std::vector<Run> &runs) override;
    bool failed() const { return failed_; }

  private:
    Unit unit_;
    const std::vector<Row> &rows_;
    size_t expected_;
    bool failed_ = false;
};

// prefix: path of the files without .json, .md, .dat. facts: what was measured on, as key and value.
void write_files(const std::string &prefix, Unit unit, const std::vector<Row> &rows,
                 const std::vector<std::pair<std::string, std::string>> &facts);

}  // namespace bench
