// COPY ... FROM STDIN: with the tenant column in the file, and without it.
#include "cases.hpp"

namespace bench {

namespace {

constexpr int batch = 1000;

class CopySession : public Session {
  public:
    CopySession(const Data &data, Variant variant, Key key, bool present, int rows)
        // A trigger on a table without a policy: under one, COPY is refused to everybody that it binds.
        : Session(data, variant == Variant::trigger ? "bench_limit" : role(variant)),
          variant_(variant),
          rows_(rows),
          // LIMIT has nobody that would stamp.
          present_(present || by_hand(variant)),
          tenant_(data.tenants[single_tenant].id(key)) {
        connection_.query(setup(data, variant, key));
        if (variant == Variant::trigger) connection_.query("SET app.tenant = '" + tenant_ + "'");
        std::string path = search_path(variant, key, data.tenants[single_tenant]);
        table_ = path.substr(0, path.find(',')) + ".load";
        data.superuser->query("TRUNCATE " + table_);
    }

    std::string verify() override {
        Result seen = data_.superuser->query("SELECT count(*), count(*) FILTER (WHERE tenant_id = " + literal(tenant_) +
                                      ") FROM " + table_);
        std::string expected = std::to_string(steps_ * rows_);
        if (seen.value(0, 0) == expected && seen.value(0, 1) == expected) return "";
        return "of " + expected + " rows " + seen.value(0, 0) + " are there, and " + seen.value(0, 1) + " are the tenant's";
    }

  protected:
    void step(long step) override {
        if (variant_ == Variant::batches) return insert_batches(step);
        std::string content;
        for (int i = 0; i < rows_; i++) {
            std::string id = std::to_string(step * rows_ + i);
            content += id + "\t7\tnew " + id + "\t7" + (present_ ? "\t" + tenant_ : "") + "\n";
        }
        std::string sql = std::string("COPY load (id, author_id, title, amount") + (present_ ? ", tenant_id" : "") +
                          ") FROM STDIN";
        std::string loaded = connection_.copy_in(sql, content);
        if (loaded != std::to_string(rows_)) throw Error("COPY has loaded " + loaded + " rows");
    }

  private:
    void insert_batches(long step) {
        connection_.query("BEGIN");
        for (int first = 0; first < rows_; first += batch) {
            std::string sql = "INSERT INTO load (id, author_id, title, amount) VALUES ";
            for (int i = first; i < first + batch && i < rows_; i++) {
                std::string id = std::to_string(step * rows_ + i);
                sql += (i == first ? "(" : ", (") + id + ", 7, 'new " + id + "', 7)";
            }
            connection_.query(sql);
        }
        connection_.query("COMMIT");
    }

    Variant variant_;
    int rows_;
    bool present_;
    std::string tenant_, table_;
};

void add(Cases &cases, bool present, Key key, int rows) {
    Case which;
    which.row = "copy";
    which.name = std::string("copy/") + (present ? "present" : "absent") + "/" + name(key);
    which.statements = 1;
    which.warm_up = 0;
    which.writes = true;
    std::vector<Variant> full = {Variant::limit_again, Variant::plain, Variant::setting};
    // Theirs is one way to load, whatever the file has.
    std::vector<Variant> quick;
    if (!present) full.insert(full.end(), {Variant::trigger, Variant::batches});
    if (!present) quick = {Variant::limit_again, Variant::plain, Variant::trigger, Variant::batches};
    which.variants = cases.with(full, quick);
    which.open = [=](const Data &data, Variant variant) {
        return std::make_unique<CopySession>(data, variant, key, present, rows);
    };
    cases.add_with_time(which, 1);
}

}  // namespace

void add_copy(Cases &cases) {
    for (bool present : {false, true})
        for (Key key : {Key::text, Key::uuid})
            if (!cases.quick() || key == Key::text) add(cases, present, key, cases.quick() ? 10000 : 100000);
}

}  // namespace bench
