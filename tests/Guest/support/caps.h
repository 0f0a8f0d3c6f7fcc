// Capability sets by the raw calls.
#pragma once
#include "../harness.h"
#include <linux/capability.h>

struct caps {
    unsigned long effective, permitted, inheritable;
};

static HARNESS_UNUSED long get_caps(pid_t pid, struct caps *caps)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, pid };
    struct __user_cap_data_struct data[2] = { { 0 } };
    long result = syscall(SYS_capget, &header, data);
    caps->effective = data[0].effective | (unsigned long)data[1].effective << 32;
    caps->permitted = data[0].permitted | (unsigned long)data[1].permitted << 32;
    caps->inheritable = data[0].inheritable | (unsigned long)data[1].inheritable << 32;
    return result;
}

static HARNESS_UNUSED long set_caps(struct caps caps)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = {
        { (unsigned)caps.effective, (unsigned)caps.permitted, (unsigned)caps.inheritable },
        { (unsigned)(caps.effective >> 32), (unsigned)(caps.permitted >> 32), (unsigned)(caps.inheritable >> 32) },
    };
    return syscall(SYS_capset, &header, data);
}

#define CAP(NAME) (1ul << CAP_##NAME)

static HARNESS_UNUSED int have_cap(int number)
{
    struct caps caps;
    return get_caps(0, &caps) == 0 && (caps.effective >> number & 1);
}

#define NEED_CAP(NAME)                                                               \
    do {                                                                             \
        if (!have_cap(CAP_##NAME))                                                   \
            SKIP("needs CAP_" #NAME);                                                \
    } while (0)
