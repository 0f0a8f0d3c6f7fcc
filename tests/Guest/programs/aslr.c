// Addresses are chosen anew for each program, unless the personality says otherwise.
#include "../support/exec.h"
#include <sys/auxv.h>
#include <sys/personality.h>

struct places {
    unsigned long stack, heap, mapping, vdso, text;
};

ROLE(show)
{
    struct places p = {
        .stack = (unsigned long)argv,
        .heap = (unsigned long)syscall(SYS_brk, 0),
        .mapping = (unsigned long)mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        .vdso = getauxval(AT_SYSINFO_EHDR),
        .text = getauxval(AT_ENTRY),
    };
    REQUIRE(write(1, &p, sizeof p) == sizeof p);
}

static struct places places(void)
{
    struct places p;
    memcpy(&p, output_of(SELF, ARGV("p", "@show"), environ), sizeof p);
    return p;
}

static void need_randomness(void)
{
    char mode = 0;
    int fd = open("/proc/sys/kernel/randomize_va_space", O_RDONLY);
    if (fd == -1 || read(fd, &mode, 1) != 1 || mode != '2')
        SKIP("addresses are not randomised here");
}

TEST(addresses_differ_between_runs)
{
    need_randomness();
    struct places first = places();
    int stack = 0, heap = 0, mapping = 0, vdso = 0;
    for (int i = 0; i < 5; i++) {
        struct places p = places();
        stack |= p.stack != first.stack;
        heap |= p.heap != first.heap;
        mapping |= p.mapping != first.mapping;
        vdso |= p.vdso != first.vdso;
    }
    EXPECT_TRUE(stack);
    EXPECT_TRUE(heap);
    EXPECT_TRUE(mapping);
    EXPECT_TRUE(vdso);
}

TEST(differences_are_large)
{
    need_randomness();
    // At least 20 bits of the stack and the mappings: 8 runs within 64 MiB of each other would be a wonder.
    unsigned long low = ~0ul, high = 0, low_map = ~0ul, high_map = 0;
    for (int i = 0; i < 8; i++) {
        struct places p = places();
        low = p.stack < low ? p.stack : low;
        high = p.stack > high ? p.stack : high;
        low_map = p.mapping < low_map ? p.mapping : low_map;
        high_map = p.mapping > high_map ? p.mapping : high_map;
    }
    EXPECT_GT(high - low, 64ul << 20);
    EXPECT_GT(high_map - low_map, 64ul << 20);
}

TEST(addresses_are_the_same_without_randomness)
{
    EXPECT_OK(personality(ADDR_NO_RANDOMIZE));
    struct places first = places();
    for (int i = 0; i < 3; i++) {
        struct places p = places();
        EXPECT_MEMEQ(&p, &first, sizeof p);
    }
}

TEST(a_fork_keeps_the_addresses)
{
    unsigned long vdso = getauxval(AT_SYSINFO_EHDR);
    void *heap = sbrk(0);
    IN_CHILD({
        EXPECT_EQ(getauxval(AT_SYSINFO_EHDR), vdso);
        EXPECT_EQ(sbrk(0), heap);
    });
}

TEST(the_parts_lie_in_their_usual_order)
{
    struct places p = places();
    EXPECT_LT(p.heap, p.mapping);
    EXPECT_LT(p.mapping, p.stack);
    EXPECT_LT(p.stack, 1ul << 47);
    EXPECT_GT(p.stack, 0x7f0000000000ul);
}
