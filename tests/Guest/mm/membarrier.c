// membarrier(2).
#include "../harness.h"
#include <linux/membarrier.h>

static long membarrier(int command, unsigned flags)
{
    return syscall(SYS_membarrier, command, flags, 0);
}

TEST(query_tells_the_commands)
{
    long commands = EXPECT_OK(membarrier(MEMBARRIER_CMD_QUERY, 0));
    EXPECT_TRUE(commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    EXPECT_TRUE(commands & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

TEST(unknown_commands_and_flags_are_EINVAL)
{
    EXPECT_ERRNO(membarrier(1 << 30, 0), EINVAL);
    EXPECT_ERRNO(membarrier(-1, 0), EINVAL);
    EXPECT_ERRNO(membarrier(MEMBARRIER_CMD_QUERY, 1), EINVAL);
    EXPECT_ERRNO(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 1), EINVAL);
}

TEST(private_expedited_needs_registration)
{
    EXPECT_ERRNO(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0), EPERM);
    EXPECT_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0));
    EXPECT_OK(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0));
    EXPECT_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0));
}

TEST(registration_is_inherited_by_fork)
{
    EXPECT_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0));
    IN_CHILD(EXPECT_OK(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0)));
}

TEST(global_succeeds_where_offered)
{
    if (EXPECT_OK(membarrier(MEMBARRIER_CMD_QUERY, 0)) & MEMBARRIER_CMD_GLOBAL)
        EXPECT_OK(membarrier(MEMBARRIER_CMD_GLOBAL, 0));
    else
        EXPECT_ERRNO(membarrier(MEMBARRIER_CMD_GLOBAL, 0), EINVAL);
}

TEST(registrations_are_told)
{
    if (!(EXPECT_OK(membarrier(MEMBARRIER_CMD_QUERY, 0)) & 0x200 /* MEMBARRIER_CMD_GET_REGISTRATIONS */))
        SKIP("needs Linux 6.3");
    EXPECT_EQ(membarrier(0x200, 0), 0);
    EXPECT_OK(membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0));
    EXPECT_EQ(membarrier(0x200, 0), MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
    EXPECT_OK(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0));
    IN_CHILD(EXPECT_EQ(membarrier(0x200, 0), MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED));
    EXPECT_ERRNO(membarrier(0x200, 1), EINVAL);
}
