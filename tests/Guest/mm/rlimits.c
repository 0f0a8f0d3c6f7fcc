// RLIMIT_AS and RLIMIT_DATA.
#include "../support/mem.h"
#include <sys/resource.h>

static void limit(int resource, rlim_t bytes)
{
    struct rlimit l = { bytes, bytes };
    EXPECT_OK(setrlimit(resource, &l));
}

TEST(mmap_beyond_the_address_space_limit_is_ENOMEM)
{
    limit(RLIMIT_AS, 64 << 20);
    EXPECT_ERRNO(mmap(0, 128 << 20, RW, ANON, -1, 0), ENOMEM);
    EXPECT_ERRNO(mmap(0, 128 << 20, PROT_NONE, ANON | MAP_NORESERVE, -1, 0), ENOMEM);
    EXPECT_OK(mmap(0, 1 << 20, RW, ANON, -1, 0));
}

TEST(unmapped_memory_counts_no_more)
{
    limit(RLIMIT_AS, 64 << 20);
    for (int i = 0; i < 10; i++) {
        char *p = EXPECT_OK((char *)mmap(0, 32 << 20, RW, ANON, -1, 0));
        EXPECT_OK(munmap(p, 32 << 20));
    }
}

TEST(a_fixed_replacement_counts_only_what_is_new)
{
    limit(RLIMIT_AS, 64 << 20);
    char *p = EXPECT_OK((char *)mmap(0, 40 << 20, RW, ANON, -1, 0));
    EXPECT_EQ(mmap(p, 40 << 20, RW, ANON | MAP_FIXED, -1, 0), p);
}

TEST(a_limit_below_the_current_size_only_stops_growth)
{
    char *p = map_pages(16);
    limit(RLIMIT_AS, PAGE);
    EXPECT_ERRNO(mmap(0, PAGE, RW, ANON, -1, 0), ENOMEM);
    memset(p, 1, 16 * PAGE);
    EXPECT_OK(munmap(p, PAGE));
    EXPECT_OK(mprotect(p + PAGE, PAGE, PROT_READ));
}

TEST(a_child_inherits_the_address_space_limit)
{
    limit(RLIMIT_AS, 64 << 20);
    IN_CHILD(EXPECT_ERRNO(mmap(0, 128 << 20, RW, ANON, -1, 0), ENOMEM));
}

TEST(malloc_fails_softly_at_the_limit)
{
    limit(RLIMIT_AS, 64 << 20);
    EXPECT_EQ(malloc(256 << 20), 0);
    EXPECT_NE(malloc(1 << 20), 0);
}

TEST(private_writable_memory_counts_as_data)
{
    limit(RLIMIT_DATA, 32 << 20);
    EXPECT_ERRNO(mmap(0, 64 << 20, RW, ANON, -1, 0), ENOMEM);
    // Neither shared, nor read-only, nor inaccessible memory does.
    EXPECT_OK(mmap(0, 64 << 20, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    EXPECT_OK(mmap(0, 64 << 20, PROT_READ, ANON, -1, 0));
    EXPECT_OK(mmap(0, 64 << 20, PROT_NONE, ANON, -1, 0));
}

TEST(making_memory_writable_beyond_the_data_limit_is_ENOMEM)
{
    char *p = EXPECT_OK((char *)mmap(0, 64 << 20, PROT_READ, ANON, -1, 0));
    limit(RLIMIT_DATA, 32 << 20);
    EXPECT_ERRNO(mprotect(p, 64 << 20, RW), ENOMEM);
    EXPECT_OK(mprotect(p, 1 << 20, RW));
}

TEST(stack_growth_counts_as_address_space)
{
    limit(RLIMIT_AS, 6 << 20);
    char *below = (char *)__builtin_frame_address(0) - (7 << 20);
    EXPECT_EQ(fault_at(below, WRITE_IT).number, SIGSEGV);
}
