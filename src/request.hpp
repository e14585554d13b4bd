// Reads a request, and a tenant id out of one part of it: functions of their arguments and the settings alone.
// Every id that they return is well formed, and lives as long as what it was found in; an empty one means that the
// strategy does not match.
#pragma once
#include "pg.hpp"

namespace djust::request {

// What a request may carry. A part that is absent or JSON null is an empty text, or a null pointer.
struct Parts {
    std::string_view host, path;
    JsonbContainer *headers, *session, *jwt, *user;
};

// Raises 22023 unless the request is an object whose parts are what they have to be. The parts point into it.
Parts read(Jsonb *request);
// The same for a jsonb argument that has to be an object, e.g. object(headers, "resolve_header", "headers").
JsonbContainer *object(Jsonb *json, const char *function, const char *argument);

// A host name as it is compared: lower case, without port and last dot.
struct Host {
    char text[255];  // RFC 1035: 253 characters at most, as text without the last dot
    size_t size;
    size_t labels, first_label;  // how many, and the size of the first
    std::string_view view() const { return {text, size}; }
};
// False for what is no host name, and for IP addresses: those never match.
bool read_host(std::string_view from, Host *host);

std::string_view subdomain_tenant(std::string_view host, Host *place);
std::string_view path_tenant(std::string_view path);
// Raises 22023 when the header is there in two spellings with different values.
std::string_view header_tenant(JsonbContainer *headers);
// Whether there is an Authorization header, of whatever scheme and in whatever spelling.
bool has_authorization(JsonbContainer *headers);
// The token of an Authorization header of the scheme Bearer (RFC 6750), in whatever spelling of both; empty when there is
// none. Raises 22023 as header_tenant does. A view: its length is not limited here.
std::string_view bearer_token(JsonbContainer *headers);
// Each may be null.
std::string_view session_tenant(JsonbContainer *session, JsonbContainer *jwt, JsonbContainer *user);

}  // namespace djust::request
