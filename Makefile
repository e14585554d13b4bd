# djust_tenants: built through PGXS. `make`, `make install`, `make installcheck`.
# Name another server with PG_CONFIG=/usr/lib/postgresql/NN/bin/pg_config.

EXTENSION   := djust_tenants
MODULE_big  := djust_tenants
PG_CONFIG   ?= pg_config

# The version stands in the control file alone.
EXTVERSION  := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" djust_tenants.control)

SOURCES     := $(sort $(wildcard src/*.cpp))
HEADERS     := $(sort $(wildcard src/*.hpp))
OBJS        := $(SOURCES:.cpp=.o)

INSTALL_SQL := sql/$(EXTENSION)--$(EXTVERSION).sql
INSTALL_PARTS := $(sort $(wildcard sql/install/*.sql))
DATA_built  := $(INSTALL_SQL)
DATA        := $(wildcard sql/updates/*.sql)

# test/sql/NAME.sql <-> expected/NAME.out; any order: every suite makes and drops its own schema.
REGRESS     := $(sort $(basename $(notdir $(wildcard test/sql/*.sql))))
REGRESS_OPTS := --inputdir=test --load-extension=djust_tenants
ISOLATION   := $(sort $(basename $(notdir $(wildcard test/specs/*.spec))))
ISOLATION_OPTS := --inputdir=test --outputdir=. --load-extension=djust_tenants

EXTRA_CLEAN := $(INSTALL_SQL) results output_iso regression.diffs regression.out tmp_check
NO_TEMP_INSTALL := yes

# One list of C++ rules, for the objects and for the bitcode alike.
CXX_RULES := -std=c++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics \
             -fvisibility=hidden -DDJUST_TENANTS_VERSION='"$(EXTVERSION)"' \
             -Wno-register
CXX_WARNINGS := -Wall -Wextra -Werror

# PostgreSQL's own headers are not held to our warnings: a folder named with -isystem
# stays one although PGXS names it with -I as well.
PG_CPPFLAGS := -isystem $(shell $(PG_CONFIG) --includedir-server)

# Tokens: cryptography and JSON are libraries' work.
SHLIB_LINK += -lcrypto -ljansson

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

override CXXFLAGS += $(CXX_RULES) $(CXX_WARNINGS)
COMPILE.cxx.bc += $(CXX_RULES)

# PGXS knows no header dependencies: a changed header rebuilds everything.
$(OBJS) $(OBJS:.o=.bc): $(HEADERS) djust_tenants.control

$(INSTALL_SQL): $(INSTALL_PARTS) djust_tenants.control
	cat $(INSTALL_PARTS) > $@

all: $(INSTALL_SQL)

.PHONY: check-layers check-symbols
check-layers:
	scripts/check-layers
check-symbols: all
	scripts/check-symbols $(shlib)
