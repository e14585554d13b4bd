// The frontend's side of the v3 protocol over a Unix socket, as small as the tests of portals need it: libpq
// executes a portal only once and to its end.
#pragma once
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace wire {

// Of everything that was sent up to a Sync or a simple Query.
struct Reply {
    std::vector<std::string> rows;  // fields joined by '|'
    std::string sqlstate, message;
    bool suspended = false;
    char transaction = '?';  // I, T or E

    // "1 2 3 ..." with dots when the portal has more; an error is its SQLSTATE after the rows.
    std::string text() const {
        std::string text;
        auto add = [&](const std::string &word) { text += (text.empty() ? "" : " ") + word; };
        for (const auto &row : rows) add(row);
        if (suspended) add("...");
        if (!sqlstate.empty()) add(sqlstate);
        return text;
    }
};

class Session {
public:
    explicit Session(const std::string &user) {
        auto environment = [](const char *name, const char *fallback) {
            const char *value = std::getenv(name);
            return std::string(value && *value ? value : fallback);
        };
        std::string path = environment("PGHOST", "/var/run/postgresql") + "/.s.PGSQL." + environment("PGPORT", "5432");
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() >= sizeof(address.sun_path)) throw std::runtime_error("path too long: " + path);
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        socket_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (socket_ < 0 || ::connect(socket_, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0)
            throw std::runtime_error("cannot connect to " + path);
        std::string body = number(196608, 4) + text("user") + text(user) + text("database") +
                           text(environment("PGDATABASE", user.c_str())) + '\0';
        send_all(number(static_cast<uint32_t>(body.size() + 4), 4) + body);
        Reply reply = read_reply();
        if (!reply.sqlstate.empty()) throw std::runtime_error(reply.message);
    }
    ~Session() {
        if (socket_ >= 0) ::close(socket_);
    }
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    Session &parse(const std::string &sql, const std::string &statement = "") {
        return add('P', text(statement) + text(sql) + number(0, 2));
    }
    Session &bind(const std::string &portal, const std::string &statement = "") {
        return add('B', text(portal) + text(statement) + number(0, 2) + number(0, 2) + number(0, 2));
    }
    Session &execute(const std::string &portal, uint32_t limit) { return add('E', text(portal) + number(limit, 4)); }
    Session &close(const std::string &portal) { return add('C', "P" + text(portal)); }
    Reply sync() {
        add('S', "");
        return exchange();
    }
    Reply query(const std::string &sql) {
        add('Q', text(sql));
        return exchange();
    }

private:
    static std::string number(uint32_t value, int bytes) {
        std::string made;
        for (int i = bytes - 1; i >= 0; i--) made += static_cast<char>(value >> (8 * i) & 0xFF);
        return made;
    }
    static std::string text(const std::string &value) { return value + '\0'; }

    Session &add(char type, const std::string &body) {
        pending_ += type + number(static_cast<uint32_t>(body.size() + 4), 4) + body;
        return *this;
    }
    Reply exchange() {
        send_all(pending_);
        pending_.clear();
        return read_reply();
    }
    void send_all(const std::string &bytes) {
        for (size_t sent = 0; sent < bytes.size();) {
            ssize_t now = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (now <= 0) throw std::runtime_error("the server closed the connection");
            sent += static_cast<size_t>(now);
        }
    }
    std::string read_bytes(size_t count) {
        std::string bytes(count, '\0');
        for (size_t have = 0; have < count;) {
            ssize_t now = ::recv(socket_, &bytes[have], count - have, 0);
            if (now <= 0) throw std::runtime_error("the server closed the connection");
            have += static_cast<size_t>(now);
        }
        return bytes;
    }
    static uint32_t read_number(const std::string &bytes, size_t at, int count) {
        uint32_t value = 0;
        for (int i = 0; i < count; i++) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
        return value;
    }

    Reply read_reply() {
        Reply reply;
        for (;;) {
            char type = read_bytes(1)[0];
            std::string body = read_bytes(read_number(read_bytes(4), 0, 4) - 4);
            switch (type) {
                case 'R':
                    if (read_number(body, 0, 4) != 0) throw std::runtime_error("the server wants a password");
                    break;
                case 'D': reply.rows.push_back(row_of(body)); break;
                case 'E':
                    reply.sqlstate = field(body, 'C');
                    reply.message = field(body, 'M');
                    if (field(body, 'S') == "FATAL") throw std::runtime_error(reply.message);
                    break;
                case 's': reply.suspended = true; break;
                case 'Z': reply.transaction = body[0]; return reply;
                default: break;  // parameters, notices, descriptions, completions
            }
        }
    }
    static std::string row_of(const std::string &body) {
        std::string row;
        uint32_t fields = read_number(body, 0, 2);
        size_t at = 2;
        for (uint32_t i = 0; i < fields; i++) {
            auto length = static_cast<int32_t>(read_number(body, at, 4));
            at += 4;
            if (i) row += '|';
            if (length < 0) continue;
            row += body.substr(at, static_cast<size_t>(length));
            at += static_cast<size_t>(length);
        }
        return row;
    }
    static std::string field(const std::string &body, char wanted) {
        for (size_t at = 0; at < body.size() && body[at];) {
            std::string value = body.c_str() + at + 1;
            if (body[at] == wanted) return value;
            at += value.size() + 2;
        }
        return "";
    }

    int socket_ = -1;
    std::string pending_;
};

}  // namespace wire
