// What comes out: progress on the terminal while it runs, and at the end the goals and the tables, as text, as Markdown,
// as JSON, and as the columns that plots/*.gp draw.
#pragma once
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <vector>

#include "results.hpp"

namespace bench {

// Which of the run's cases are done, and how long the others will take: from the time that those done have taken, each
// weighed by its kind.
struct Progress {
    size_t total = 0, before = 0;              // cases of the whole run; of the phases before this one
    double total_weight = 0, done_weight = 0;  // of this phase and the later ones; of this phase's that are done
    std::chrono::system_clock::time_point began;  // the run, with building and loading
    std::chrono::steady_clock::time_point start;  // this phase
};
double weight(const Case &which);
// "[12/98] 1:23 gone, about 4:05 left: "
std::string stamp(const Progress &progress, size_t done);

// Google Benchmark reports each case when it is done; the result itself is the last of `results`.
class Lines : public benchmark::BenchmarkReporter {
  public:
    Lines(const std::vector<Measured> &results, Progress &progress, const std::vector<Case> &cases)
        : results_(results), progress_(progress), cases_(cases) {}
    bool ReportContext(const Context &context) override;
    void ReportRuns(const std::vector<Run> &runs) override;
    void announce(const Case &which);

  private:
    const std::vector<Measured> &results_;
    Progress &progress_;
    const std::vector<Case> &cases_;
};

// Prints the goals table; writes DIR/goals.md, details.md, tokens.md, results.json and the plots' columns.
void write_report(const std::string &directory, const Results &results);

}  // namespace bench
