// What the programs of test/client and test/unit share: checks that print "ok NAME" or "not ok NAME".
#pragma once
#include <cstdio>
#include <string>

namespace checks {

inline int failures = 0;

inline void check(const std::string &name, bool good, const std::string &remark = "") {
    if (!good) failures++;
    std::printf("%s %s\n", good ? "ok" : "not ok", name.c_str());
    if (!good && !remark.empty()) std::printf("# %s\n", remark.c_str());
    std::fflush(stdout);
}

}  // namespace checks
