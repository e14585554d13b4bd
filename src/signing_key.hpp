#pragma once
namespace djust::signing_key { inline bool exist() { return false; } }
