// prctl(PR_SET_MDWE): memory that is written is never executed (memory-deny-write-execute).
#include "../harness.h"
#include "../support/mem.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#define NO_INHERIT 2

static void refuse(int bits)
{
    EXPECT_OK(prctl(PR_SET_MDWE, bits, 0, 0, 0));
}

TEST(only_known_bits_and_once)
{
    EXPECT_ERRNO(prctl(PR_SET_MDWE, NO_INHERIT, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(prctl(PR_SET_MDWE, 4, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(prctl(PR_SET_MDWE, 1, 1, 0, 0), EINVAL);
    EXPECT_ERRNO(prctl(PR_GET_MDWE, 1, 0, 0, 0), EINVAL);
    EXPECT_EQ(prctl(PR_GET_MDWE, 0, 0, 0, 0), 0);
    refuse(0);
    refuse(PR_MDWE_REFUSE_EXEC_GAIN);
    refuse(PR_MDWE_REFUSE_EXEC_GAIN);
    EXPECT_ERRNO(prctl(PR_SET_MDWE, 0, 0, 0, 0), EPERM);
    EXPECT_ERRNO(prctl(PR_SET_MDWE, 3, 0, 0, 0), EPERM);
    EXPECT_EQ(prctl(PR_GET_MDWE, 0, 0, 0, 0), PR_MDWE_REFUSE_EXEC_GAIN);
}

TEST(no_memory_is_written_and_executed)
{
    char *code = mmap(0, PAGE, PROT_READ | PROT_EXEC, ANON, -1, 0);
    EXPECT_TRUE(code != MAP_FAILED);
    refuse(PR_MDWE_REFUSE_EXEC_GAIN);
    EXPECT_TRUE(mmap(0, PAGE, RW | PROT_EXEC, ANON, -1, 0) == MAP_FAILED && errno == EACCES);
    char *data = mmap(0, PAGE, RW, ANON, -1, 0);
    EXPECT_TRUE(data != MAP_FAILED);
    EXPECT_ERRNO(mprotect(data, PAGE, PROT_READ | PROT_EXEC), EACCES);
    EXPECT_ERRNO(mprotect(code, PAGE, RW | PROT_EXEC), EACCES);
    EXPECT_OK(mprotect(code, PAGE, PROT_EXEC));
    EXPECT_OK(mprotect(code, PAGE, PROT_READ));
    EXPECT_ERRNO(mprotect(code, PAGE, PROT_READ | PROT_EXEC), EACCES);
    EXPECT_TRUE(mmap(code, PAGE, PROT_READ | PROT_EXEC, ANON | MAP_FIXED, -1, 0) == code);
}

TEST(a_child_is_refused_too_unless_told_otherwise)
{
    IN_CHILD({
        refuse(PR_MDWE_REFUSE_EXEC_GAIN);
        IN_CHILD(EXPECT_EQ(prctl(PR_GET_MDWE, 0, 0, 0, 0), 1));
    });
    IN_CHILD({
        refuse(PR_MDWE_REFUSE_EXEC_GAIN | NO_INHERIT);
        IN_CHILD(EXPECT_EQ(prctl(PR_GET_MDWE, 0, 0, 0, 0), 0));
    });
}
