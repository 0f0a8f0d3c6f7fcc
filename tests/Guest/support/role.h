// Parts a program plays after it has executed itself: `ROLE(name) { ... }` runs when argv[1] is "@name", or when
// the environment says ROLE=name, for programs whose arguments are the point.
// There is no harness in a role: it tells what it found by its exit code (REQUIRE: 1 and a line on stderr).
#pragma once
#include "../harness.h"

#define ROLE(NAME)                                                                   \
    static void role_##NAME(int argc, char **argv, char **envp);                     \
    __attribute__((constructor)) static void enter_##NAME(int argc, char **argv, char **envp) \
    {                                                                                \
        const char *role_ = getenv("ROLE");                                          \
        if ((argc > 1 && !strcmp(argv[1], "@" #NAME)) || (role_ && !strcmp(role_, #NAME))) { \
            role_##NAME(argc, argv, envp);                                           \
            _exit(0);                                                                \
        }                                                                            \
    }                                                                                \
    static void role_##NAME(int argc HARNESS_UNUSED, char **argv HARNESS_UNUSED, char **envp HARNESS_UNUSED)

#define REQUIRE(CONDITION)                                                           \
    do {                                                                             \
        if (!(CONDITION)) {                                                          \
            int e_ = errno;                                                          \
            dprintf(2, "%s:%d: required %s (errno %d)\n", __FILE__, __LINE__, #CONDITION, e_); \
            _exit(1);                                                                \
        }                                                                            \
    } while (0)

#define SELF "/proc/self/exe"

// Becomes a role of this program.
#define EXEC_ROLE(NAME, ...)                                                         \
    do {                                                                             \
        execl(SELF, "role", "@" #NAME, ##__VA_ARGS__, (char *)0);                    \
        FAIL("exec failed with %s", harness_errno_name(errno));                      \
    } while (0)
