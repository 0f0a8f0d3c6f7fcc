// Mappings, and what touching an address does.
#pragma once
#include "../harness.h"
#include <setjmp.h>
#include <ucontext.h>

#define PAGE 4096ul
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

// Leads to nothing, and the compiler does not know.
static HARNESS_UNUSED void *volatile bad_pointer = (void *)1;
#define BAD bad_pointer

static HARNESS_UNUSED char *map_pages(size_t pages)
{
    return EXPECT_OK((char *)mmap(0, pages * PAGE, RW, ANON, -1, 0));
}

static HARNESS_UNUSED char *map_shared_pages(size_t pages)
{
    return EXPECT_OK((char *)mmap(0, pages * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

// Address space with nothing mapped in it, on both sides of which nothing of ours lies.
static HARNESS_UNUSED char *free_pages(size_t pages)
{
    char *p = EXPECT_OK((char *)mmap(0, (pages + 2) * PAGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
    EXPECT_OK(munmap(p, (pages + 2) * PAGE));
    return p + PAGE;
}

// Pages followed by a page that no access may touch; returns the address of that page.
static HARNESS_UNUSED char *pages_before_guard(size_t pages)
{
    char *p = map_pages(pages + 1);
    EXPECT_OK(mprotect(p + pages * PAGE, PAGE, PROT_NONE));
    return p + pages * PAGE;
}

// A file in the working directory with this many pages; every byte of page i is 'a' + i % 26; at position 0.
static HARNESS_UNUSED int file_of_pages(const char *name, size_t pages)
{
    int fd = EXPECT_OK(open(name, O_RDWR | O_CREAT | O_TRUNC, 0644));
    char page[PAGE];
    for (size_t i = 0; i < pages; i++) {
        memset(page, 'a' + i % 26, PAGE);
        EXPECT_EQ(write(fd, page, PAGE), PAGE);
    }
    EXPECT_EQ(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static HARNESS_UNUSED int is_filled(const volatile char *p, size_t size, int value)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)p[i] != (unsigned char)value)
            return 0;
    return 1;
}

struct fault {
    int number, code;
    char *address;
};

static sigjmp_buf fault_return;
static struct fault fault_seen;

static void fault_handler(int number, siginfo_t *info, void *context)
{
    (void)context;
    fault_seen = (struct fault){ number, info->si_code, info->si_addr };
    siglongjmp(fault_return, 1);
}

enum access { READ_IT, WRITE_IT, EXECUTE_IT };

// Touches one byte (EXECUTE_IT calls it); number is 0 if nothing happened. The handler runs on its own stack.
static HARNESS_UNUSED struct fault fault_at(volatile void *p, enum access how)
{
    static char stack[65536];
    stack_t old_stack, alternate = { .ss_sp = stack, .ss_size = sizeof stack };
    struct sigaction action = { .sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO | SA_ONSTACK }, segv, bus;
    EXPECT_OK(sigaltstack(&alternate, &old_stack));
    EXPECT_OK(sigaction(SIGSEGV, &action, &segv));
    EXPECT_OK(sigaction(SIGBUS, &action, &bus));
    fault_seen = (struct fault){ 0 };
    if (sigsetjmp(fault_return, 1) == 0) {
        if (how == READ_IT)
            (void)*(volatile char *)p;
        else if (how == WRITE_IT)
            *(volatile char *)p = 'w';
        else
            ((void (*)(void))p)();
    }
    EXPECT_OK(sigaction(SIGSEGV, &segv, 0));
    EXPECT_OK(sigaction(SIGBUS, &bus, 0));
    EXPECT_OK(sigaltstack(&old_stack, 0));
    return fault_seen;
}

#define EXPECT_NO_FAULT(P, HOW) EXPECT_EQ(fault_at(P, HOW).number, 0)
#define EXPECT_FAULT(P, HOW, SIGNAL, CODE)                                           \
    do {                                                                             \
        struct fault fault_ = fault_at(P, HOW);                                      \
        EXPECT_EQ(fault_.number, SIGNAL);                                            \
        EXPECT_EQ(fault_.code, CODE);                                                \
        EXPECT_EQ(fault_.address, P);                                                \
    } while (0)
#define EXPECT_UNMAPPED(P) EXPECT_FAULT(P, READ_IT, SIGSEGV, SEGV_MAPERR)

// One line of /proc/self/maps.
struct mapping {
    unsigned long start, end, offset, inode;
    char perms[5], path[256];
};

// The mapping that holds the address; 0 if none does. Without stdio, so that no buffer is allocated.
static HARNESS_UNUSED int find_mapping(const void *address, struct mapping *found)
{
    static char text[1 << 20];
    int fd = EXPECT_OK(open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
    size_t size = 0;
    ssize_t n;
    while (size < sizeof text - 1 && (n = read(fd, text + size, sizeof text - 1 - size)) > 0)
        size += n;
    text[size] = 0;
    close(fd);
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        found->path[0] = 0;
        if (sscanf(line, "%lx-%lx %4s %lx %*s %lu %255[^\n]", &found->start, &found->end, found->perms,
                   &found->offset, &found->inode, found->path) < 5)
            FAIL("strange line in maps: %s", line);
        if (found->start <= (unsigned long)address && (unsigned long)address < found->end)
            return 1;
    }
    return 0;
}

#define EXPECT_PERMS(P, PERMS)                                                       \
    do {                                                                             \
        struct mapping m_;                                                           \
        EXPECT_TRUE(find_mapping(P, &m_));                                           \
        EXPECT_STREQ(m_.perms, PERMS);                                               \
    } while (0)
