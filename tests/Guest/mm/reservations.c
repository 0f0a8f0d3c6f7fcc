// Address space reserved wholesale and committed in parts: what the Go, Java, .NET and V8 heaps do.
#include "../support/mem.h"

#define GIB (1ul << 30)

static char *reserve(size_t size)
{
    return EXPECT_OK((char *)mmap(0, size, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
}

TEST(a_quarter_tebibyte_can_be_reserved)
{
    char *p = reserve(256 * GIB);
    EXPECT_FAULT(p, READ_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_FAULT(p + 256 * GIB - 1, READ_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_OK(munmap(p, 256 * GIB));
    EXPECT_UNMAPPED(p);
}

TEST(parts_are_committed_by_mprotect)
{
    char *p = reserve(256 * GIB);
    for (int i = 0; i < 16; i++) {
        char *part = p + (size_t)i * 16 * GIB + i * PAGE;
        EXPECT_OK(mprotect(part, 4 * PAGE, RW));
        EXPECT_TRUE(is_filled(part, 4 * PAGE, 0));
        memset(part, i + 1, 4 * PAGE);
        EXPECT_FAULT(part + 4 * PAGE, WRITE_IT, SIGSEGV, SEGV_ACCERR);
    }
    for (int i = 0; i < 16; i++)
        EXPECT_TRUE(is_filled(p + (size_t)i * 16 * GIB + i * PAGE, 4 * PAGE, i + 1));
}

TEST(parts_are_committed_by_a_fixed_mapping)
{
    char *p = reserve(64 * GIB);
    for (int i = 0; i < 16; i++) {
        char *part = p + (size_t)i * 4 * GIB;
        EXPECT_EQ(mmap(part, 1 << 20, RW, ANON | MAP_FIXED, -1, 0), part);
        part[12345] = 'x';
        EXPECT_EQ(mmap(part, 1 << 20, PROT_NONE, ANON | MAP_FIXED | MAP_NORESERVE, -1, 0), part);
        EXPECT_FAULT(part + 12345, READ_IT, SIGSEGV, SEGV_ACCERR);
        EXPECT_OK(mprotect(part, 1 << 20, RW));
        EXPECT_EQ(part[12345], 0);
    }
}

TEST(a_committed_part_is_given_back_by_dontneed)
{
    char *p = reserve(64 * GIB);
    EXPECT_OK(mprotect(p + GIB, 1 << 20, RW));
    memset(p + GIB, 'x', 1 << 20);
    EXPECT_OK(madvise(p + GIB, 1 << 20, MADV_DONTNEED));
    EXPECT_OK(mprotect(p + GIB, 1 << 20, PROT_NONE));
    EXPECT_OK(mprotect(p + GIB, 1 << 20, RW));
    EXPECT_TRUE(is_filled(p + GIB, 1 << 20, 0));
}

TEST(dontneed_of_a_whole_reservation_is_quick)
{
    char *p = reserve(256 * GIB);
    EXPECT_OK(mprotect(p + 100 * GIB, PAGE, RW));
    p[100 * GIB] = 'x';
    EXPECT_OK(madvise(p, 256 * GIB, MADV_DONTNEED));
    EXPECT_EQ(p[100 * GIB], 0);
}

TEST(a_writable_reservation_is_filled_sparsely)
{
    char *p = EXPECT_OK((char *)mmap(0, 256 * GIB, RW, ANON | MAP_NORESERVE, -1, 0));
    for (size_t i = 0; i < 256; i++)
        p[i * GIB + i] = (char)i;
    for (size_t i = 0; i < 256; i++) {
        EXPECT_EQ((unsigned char)p[i * GIB + i], i);
        EXPECT_EQ(p[i * GIB + i + 1], 0);
    }
}

TEST(a_fork_copies_a_reservation)
{
    char *p = EXPECT_OK((char *)mmap(0, 256 * GIB, RW, ANON | MAP_NORESERVE, -1, 0));
    for (size_t i = 0; i < 256; i += 16)
        p[i * GIB] = 'p';
    IN_CHILD({
        for (size_t i = 0; i < 256; i += 16) {
            EXPECT_EQ(p[i * GIB], 'p');
            p[i * GIB] = 'c';
        }
        p[GIB] = 'n';
    });
    for (size_t i = 0; i < 256; i += 16)
        EXPECT_EQ(p[i * GIB], 'p');
    EXPECT_EQ(p[GIB], 0);
}

TEST(many_reservations_fit)
{
    for (int i = 0; i < 64; i++)
        reserve(256 * GIB);
}

TEST(the_middle_of_a_reservation_can_be_unmapped)
{
    char *p = reserve(256 * GIB);
    EXPECT_OK(munmap(p + 64 * GIB, 128 * GIB));
    EXPECT_FAULT(p, READ_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_UNMAPPED(p + 128 * GIB);
    EXPECT_FAULT(p + 192 * GIB, READ_IT, SIGSEGV, SEGV_ACCERR);
    // A new mapping may use the hole.
    EXPECT_EQ(mmap(p + 100 * GIB, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), p + 100 * GIB);
}

TEST(a_growing_heap_inside_a_reservation)
{
    char *p = reserve(4 * GIB);
    size_t top = 0;
    while (top < 64 << 20) {
        EXPECT_OK(mprotect(p + top, 1 << 20, RW));
        memset(p + top, (int)(top >> 20), PAGE);
        top += 1 << 20;
    }
    for (size_t i = 0; i < top; i += 1 << 20)
        EXPECT_TRUE(is_filled(p + i, PAGE, (int)(i >> 20)));
    struct mapping m;
    EXPECT_TRUE(find_mapping(p + (32 << 20), &m));
    EXPECT_EQ(m.start, p);
    EXPECT_EQ(m.end, p + top);
}

TEST(obvious_overcommit_is_ENOMEM)
{
    char mode = '1';
    int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY);
    if (fd == -1 || read(fd, &mode, 1) != 1 || mode == '1')
        SKIP("the machine always overcommits");
    EXPECT_ERRNO(mmap(0, 64ul << 40, RW, ANON, -1, 0), ENOMEM);
}
