// mprotect(2).
#include "../support/mem.h"

TEST(mprotect_of_an_unaligned_address_is_EINVAL)
{
    EXPECT_ERRNO(mprotect(map_pages(1) + 1, 1, PROT_READ), EINVAL);
}

TEST(mprotect_of_length_zero_succeeds)
{
    EXPECT_OK(mprotect(free_pages(1), 0, PROT_READ));
}

TEST(mprotect_of_a_wrapping_length_is_ENOMEM)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(syscall(SYS_mprotect, p, -PAGE, PROT_READ), ENOMEM);
    EXPECT_ERRNO(syscall(SYS_mprotect, -PAGE, 2 * PAGE, PROT_READ), ENOMEM);
}

TEST(mprotect_with_unknown_protection_bits_is_EINVAL)
{
    EXPECT_ERRNO(mprotect(map_pages(1), PAGE, 0x40), EINVAL);
}

TEST(mprotect_growing_both_ways_is_EINVAL)
{
    EXPECT_ERRNO(mprotect(map_pages(1), PAGE, PROT_READ | PROT_GROWSUP | PROT_GROWSDOWN), EINVAL);
}

TEST(mprotect_growsdown_of_what_does_not_grow_is_EINVAL)
{
    EXPECT_ERRNO(mprotect(map_pages(1), PAGE, RW | PROT_GROWSDOWN), EINVAL);
    EXPECT_ERRNO(mprotect(map_pages(1), PAGE, RW | PROT_GROWSUP), EINVAL);
}

TEST(mprotect_of_unmapped_memory_is_ENOMEM)
{
    EXPECT_ERRNO(mprotect(free_pages(1), PAGE, PROT_READ), ENOMEM);
}

TEST(mprotect_stops_at_a_hole_with_the_front_changed)
{
    char *p = map_pages(5);
    EXPECT_OK(munmap(p + 2 * PAGE, PAGE));
    EXPECT_ERRNO(mprotect(p, 5 * PAGE, PROT_READ), ENOMEM);
    EXPECT_FAULT(p + PAGE, WRITE_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_NO_FAULT(p + 3 * PAGE, WRITE_IT);
}

TEST(mprotect_that_starts_in_a_hole_changes_nothing)
{
    char *p = map_pages(3);
    EXPECT_OK(munmap(p, PAGE));
    EXPECT_ERRNO(mprotect(p, 3 * PAGE, PROT_READ), ENOMEM);
    EXPECT_NO_FAULT(p + PAGE, WRITE_IT);
}

TEST(mprotect_past_the_end_changes_the_mapping)
{
    char *p = free_pages(2);
    EXPECT_OK(mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    EXPECT_ERRNO(mprotect(p, 2 * PAGE, PROT_READ), ENOMEM);
    EXPECT_FAULT(p, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(making_a_shared_mapping_of_a_read_only_file_writable_is_EACCES)
{
    close(file_of_pages("f", 1));
    int fd = EXPECT_OK(open("f", O_RDONLY));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_ERRNO(mprotect(p, PAGE, RW), EACCES);
    EXPECT_ERRNO(mprotect(p, PAGE, PROT_WRITE), EACCES);
    EXPECT_OK(mprotect(p, PAGE, PROT_NONE));
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    EXPECT_EQ(*p, 'a');
}

TEST(making_a_private_mapping_of_a_read_only_file_writable_is_allowed)
{
    close(file_of_pages("f", 1));
    int fd = EXPECT_OK(open("f", O_RDONLY));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
    EXPECT_OK(mprotect(p, PAGE, RW));
    p[0] = 'z';
    char c;
    EXPECT_EQ(pread(fd, &c, 1, 0), 1);
    EXPECT_EQ(c, 'a');
}

TEST(mprotect_over_a_read_only_shared_file_stops_there)
{
    close(file_of_pages("f", 1));
    int fd = EXPECT_OK(open("f", O_RDONLY));
    char *p = EXPECT_OK((char *)mmap(0, 3 * PAGE, PROT_READ, ANON, -1, 0));
    EXPECT_OK(mmap(p + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0));
    EXPECT_ERRNO(mprotect(p, 3 * PAGE, RW), EACCES);
    EXPECT_NO_FAULT(p, WRITE_IT);
    EXPECT_FAULT(p + PAGE, WRITE_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_FAULT(p + 2 * PAGE, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(read_only_memory_keeps_its_content)
{
    char *p = map_pages(2);
    memset(p, 'x', 2 * PAGE);
    EXPECT_OK(mprotect(p, 2 * PAGE, PROT_READ));
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 'x'));
    EXPECT_FAULT(p, WRITE_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_OK(mprotect(p, 2 * PAGE, PROT_NONE));
    EXPECT_FAULT(p, READ_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_OK(mprotect(p, 2 * PAGE, RW));
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 'x'));
    EXPECT_NO_FAULT(p, WRITE_IT);
}

TEST(a_protected_middle_page_leaves_its_neighbours)
{
    char *p = map_pages(3);
    memset(p, 'x', 3 * PAGE);
    EXPECT_OK(mprotect(p + PAGE, 1, PROT_NONE));
    EXPECT_NO_FAULT(p + PAGE - 1, WRITE_IT);
    EXPECT_FAULT(p + PAGE, READ_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_FAULT(p + 2 * PAGE - 1, READ_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_NO_FAULT(p + 2 * PAGE, WRITE_IT);
}

TEST(untouched_memory_made_read_only_reads_zero)
{
    char *p = map_pages(4);
    EXPECT_OK(mprotect(p, 4 * PAGE, PROT_READ));
    EXPECT_TRUE(is_filled(p, 4 * PAGE, 0));
    EXPECT_OK(mprotect(p, 4 * PAGE, RW));
    memset(p, 1, 4 * PAGE);
}

TEST(memory_is_not_executable_without_PROT_EXEC)
{
    char *p = map_pages(1);
    *p = (char)0xc3; // ret
    EXPECT_FAULT(p, EXECUTE_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_OK(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
    EXPECT_NO_FAULT(p, EXECUTE_IT);
    EXPECT_FAULT(p, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(the_kernel_may_not_write_where_the_program_may_not)
{
    int fd = file_of_pages("f", 1);
    char *p = map_pages(1);
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    EXPECT_ERRNO(pread(fd, p, 10, 0), EFAULT);
    EXPECT_EQ(pwrite(fd, p, 10, 0), 10);
    EXPECT_OK(mprotect(p, PAGE, PROT_NONE));
    EXPECT_ERRNO(pwrite(fd, p, 10, 0), EFAULT);
}

TEST(every_page_can_have_its_own_protection)
{
    static const int kinds[4] = { PROT_NONE, PROT_READ, RW, PROT_READ | PROT_EXEC };
    char *p = map_pages(64);
    memset(p, 'x', 64 * PAGE);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 64; i++)
            EXPECT_OK(mprotect(p + i * PAGE, PAGE, kinds[(i + round) % 4]));
        for (int i = 0; i < 64; i++) {
            int kind = kinds[(i + round) % 4];
            EXPECT_EQ(fault_at(p + i * PAGE, READ_IT).number, kind == PROT_NONE ? SIGSEGV : 0);
            EXPECT_EQ(fault_at(p + i * PAGE + 8, WRITE_IT).number, kind == RW ? 0 : SIGSEGV);
        }
    }
    EXPECT_OK(mprotect(p, 64 * PAGE, RW));
    for (int i = 0; i < 64; i++)
        EXPECT_EQ(p[i * PAGE], 'x');
}

TEST(mprotect_growsdown_reaches_the_start_of_the_stack)
{
    char *page = (char *)((unsigned long)__builtin_frame_address(0) & -PAGE);
    EXPECT_OK(mprotect(page, PAGE, RW | PROT_GROWSDOWN));
    EXPECT_NO_FAULT(page - 16 * PAGE, WRITE_IT);
}
