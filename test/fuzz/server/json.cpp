// JSON texts, and jsonb values as the server makes them and looks into them.
#include <cstdlib>
#include <map>

#include "server.hpp"

namespace server {

const Json *Json::member(std::string_view name) const {
    for (const auto &one : members)
        if (one.first == name) return &one.second;
    return nullptr;
}

bool Json::operator==(const Json &other) const {
    return kind == other.kind && text == other.text && members == other.members;
}

namespace {

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool value(Json &json, int depth = 0) {
        blanks();
        if (at_ == text_.size() || depth > 20) return false;
        switch (char c = text_[at_]) {
            case '{':
            case '[': return members(json, c == '{', depth);
            case '"': json.kind = Json::Kind::string; return string(json.text);
            case 't':
            case 'f':
                json.kind = Json::Kind::boolean;
                json.text = c == 't' ? "true" : "false";
                return word(json.text);
            case 'n': return word("null");
            default: return number(json);
        }
    }

private:
    void blanks() {
        while (at_ < text_.size() && strchr(" \t\r\n", text_[at_]) && text_[at_]) at_++;
    }
    bool word(std::string_view wanted) {
        if (text_.substr(at_, wanted.size()) != wanted) return false;
        at_ += wanted.size();
        return true;
    }
    bool sign(char wanted) {
        blanks();
        if (at_ == text_.size() || text_[at_] != wanted) return false;
        at_++;
        return true;
    }
    bool members(Json &json, bool named, int depth) {
        at_++;
        json.kind = named ? Json::Kind::object : Json::Kind::array;
        const char end = named ? '}' : ']';
        std::map<std::pair<size_t, std::string>, Json> last;
        if (sign(end)) return true;
        for (;;) {
            std::string name;
            if (named) {
                blanks();
                if (at_ == text_.size() || text_[at_] != '"' || !string(name) || !sign(':')) return false;
            }
            Json one;
            if (!value(one, depth + 1)) return false;
            if (named)
                last[{name.size(), name}] = std::move(one);
            else
                json.members.emplace_back(std::string(), std::move(one));
            if (sign(end)) {
                for (auto &[key, value] : last) json.members.emplace_back(key.second, std::move(value));
                return true;
            }
            if (!sign(',')) return false;
        }
    }
    bool string(std::string &into) {
        for (at_++; at_ < text_.size(); at_++) {
            char c = text_[at_];
            if (c == '"') {
                at_++;
                return true;
            }
            if (c == '\\' && at_ + 1 < text_.size()) {
                c = text_[++at_];
                if (c == 'n') c = '\n';
                if (c == 't') c = '\t';
                if (c == 'u' && at_ + 4 < text_.size()) {
                    c = static_cast<char>(strtoul(std::string(text_.substr(at_ + 1, 4)).c_str(), nullptr, 16) & 0x7F);
                    at_ += 4;
                }
            }
            if (c == '\0') return false;  // no text of the server has one
            into += c;
        }
        return false;
    }
    // As numeric_out writes it: no exponent, no sign before zero, no useless zero in front.
    bool number(Json &json) {
        json.kind = Json::Kind::number;
        bool negative = at_ < text_.size() && text_[at_] == '-';
        if (negative) at_++;
        std::string digits = some_digits(), fraction;
        if (digits.empty()) return false;
        if (at_ < text_.size() && text_[at_] == '.') {
            at_++;
            fraction = some_digits();
            if (fraction.empty()) return false;
        }
        digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
        bool zero = (digits + fraction).find_first_not_of('0') == std::string::npos;
        json.text = (negative && !zero ? "-" : "") + digits + (fraction.empty() ? "" : "." + fraction);
        return true;
    }
    std::string some_digits() {
        size_t start = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') at_++;
        return std::string(text_.substr(start, at_ - start));
    }

    std::string_view text_;
    size_t at_ = 0;
};

// --- jsonb, by the rules of jsonb_util.c ------------------------------------------------------------

void pad(std::string &bytes) { bytes.append(INTALIGN(bytes.size()) - bytes.size(), '\0'); }
void put(std::string &bytes, size_t at, uint32 word) { memcpy(&bytes[at], &word, sizeof word); }

JEntry convert(std::string &bytes, const Json &json);

// A container of entries, each with its length, every 32nd with its offset instead.
JEntry convert_container(std::string &bytes, const Json &json) {
    const size_t base = bytes.size();
    pad(bytes);
    std::vector<const Json *> values;
    std::vector<std::string_view> keys;
    uint32 flags = JB_FARRAY;
    if (json.kind == Json::Kind::object) {
        flags = JB_FOBJECT;
        for (const auto &[name, value] : json.members) {
            keys.push_back(name);
            values.push_back(&value);
        }
    } else if (json.kind == Json::Kind::array) {
        for (const auto &member : json.members) values.push_back(&member.second);
    } else {
        flags = JB_FARRAY | JB_FSCALAR;
        values.push_back(&json);
    }
    size_t entry = bytes.size() + sizeof(uint32);
    bytes.resize(entry + (keys.size() + values.size()) * sizeof(JEntry));
    put(bytes, entry - sizeof(uint32), static_cast<uint32>(values.size()) | flags);
    uint32 total = 0;
    size_t index = 0;
    auto add = [&](JEntry made) {
        total += JBE_OFFLENFLD(made);
        if (index++ % JB_OFFSET_STRIDE == 0) made = (made & JENTRY_TYPEMASK) | total | JENTRY_HAS_OFF;
        put(bytes, entry, made);
        entry += sizeof(JEntry);
    };
    for (std::string_view key : keys) {
        bytes += key;
        add(JENTRY_ISSTRING | static_cast<uint32>(key.size()));
    }
    for (const Json *value : values) add(convert(bytes, *value));
    return JENTRY_ISCONTAINER | static_cast<uint32>(bytes.size() - base);
}

JEntry convert(std::string &bytes, const Json &json) {
    const size_t base = bytes.size();
    switch (json.kind) {
        case Json::Kind::null: return JENTRY_ISNULL;
        case Json::Kind::boolean: return json.text == "true" ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
        case Json::Kind::string: bytes += json.text; return JENTRY_ISSTRING | static_cast<uint32>(json.text.size());
        case Json::Kind::number: {
            // A varlena like a numeric, but its text is in it: numeric_out() below is the only one who looks.
            pad(bytes);
            size_t header = bytes.size();
            bytes.append(VARHDRSZ, '\0');
            bytes += json.text;
            SET_VARSIZE(&bytes[header], bytes.size() - header);
            return JENTRY_ISNUMERIC | static_cast<uint32>(bytes.size() - base);
        }
        default: return convert_container(bytes, json);
    }
}

}  // namespace

Json parse(std::string_view text) {
    Json json;
    return Reader(text).value(json) ? json : Json();
}

Jsonb *jsonb(const Json &value) {
    std::string bytes(VARHDRSZ, '\0');
    convert_container(bytes, value);
    auto *made = static_cast<Jsonb *>(palloc(bytes.size()));
    memcpy(made, bytes.data(), bytes.size());
    SET_VARSIZE(made, bytes.size());
    return made;
}

}  // namespace server

using namespace server;

extern "C" {

// Key after key; what comes before an entry is added up from the start.
JsonbValue *getKeyJsonValueFromContainer(JsonbContainer *container, const char *key, int size, JsonbValue *place) {
    REQUIRE(JsonContainerIsObject(container));
    const uint32 count = JsonContainerSize(container);
    const char *data = reinterpret_cast<const char *>(&container->children[2 * static_cast<size_t>(count)]);
    auto end_of = [&](uint32 index) {
        uint32 end = 0;
        for (uint32 i = 0; i <= index; i++) JBE_ADVANCE_OFFSET(end, container->children[i]);
        return end;
    };
    for (uint32 i = 0; i < count; i++) {
        const uint32 start = i == 0 ? 0 : end_of(i - 1);
        if (std::string_view(data + start, end_of(i) - start) != std::string_view(key, static_cast<size_t>(size))) continue;
        const JEntry entry = container->children[count + i];
        uint32 from = end_of(count + i - 1), to = end_of(count + i);
        if (JBE_ISSTRING(entry)) {
            place->type = jbvString;
            place->val.string.val = const_cast<char *>(data + from);
            place->val.string.len = static_cast<int>(to - from);
        } else if (JBE_ISNUMERIC(entry)) {
            place->type = jbvNumeric;
            place->val.numeric = reinterpret_cast<Numeric>(const_cast<char *>(data + INTALIGN(from)));
        } else {
            place->type = JBE_ISCONTAINER(entry) ? jbvBinary : JBE_ISNULL(entry) ? jbvNull : jbvBool;
        }
        return place;
    }
    return nullptr;
}

}  // extern "C"
