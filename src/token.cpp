#include "token.hpp"
#include "tenant_id.hpp"
#include "error.hpp"
// STUB until the token branch is merged.
namespace djust::token {
Verified verify(std::string_view compact, Use) {
    if (!tenant_id::is_valid(compact)) error::malformed_tenant_id("token");
    return {pnstrdup(compact.data(), compact.size()), GetCurrentTimestamp() + 2000000};
}
}
