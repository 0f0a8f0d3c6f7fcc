// Memory calls with odd addresses, lengths and flags.
#include "differential.h"
#include <linux/mempolicy.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define PAGE 4096L
static char *area; // four pages: mapped read-write, read-write, unmapped, read-only
static char *file_area;
static int file;

static void fresh(void)
{
    mmap(area, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    munmap(area + 2 * PAGE, PAGE);
    mprotect(area + 3 * PAGE, PAGE, PROT_READ);
    mmap(file_area, 2 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0);
}

static const struct {
    const char *name;
    long offset;
    size_t length;
} ranges[] = {
    {"page", 0, PAGE},           {"two", 0, 2 * PAGE},       {"hole", 0, 4 * PAGE},       {"in_hole", 2 * PAGE, PAGE},
    {"odd", 1, PAGE},            {"short", 0, 1},            {"nothing", 0, 0},           {"nothing_odd", 1, 0},
    {"nothing_hole", 2 * PAGE, 0}, {"wraps", 0, -PAGE},      {"most", 0, -1},             {"readonly", 3 * PAGE, PAGE},
    {"past_hole", PAGE, 3 * PAGE}, {"huge", 0, 1UL << 47},
};
#define RANGES (int)(sizeof ranges / sizeof *ranges)
#define EACH_RANGE(label, call)                                            \
    for (int r = 0; r < RANGES; r++) {                                     \
        char *at = area + ranges[r].offset;                                \
        size_t length = ranges[r].length;                                  \
        (void)at;                                                          \
        (void)length;                                                      \
        fresh();                                                           \
        SHOW(label, ranges[r].name, call);                                 \
    }

static void ranges_of_calls(void)
{
    static unsigned char vec[1 << 16];
    EACH_RANGE("munmap", munmap(at, length));
    for (int prot = 0; prot < 8; prot++)
        EACH_RANGE(fmt("mprotect_%d", prot), mprotect(at, length, prot));
    EACH_RANGE("mprotect_8", mprotect(at, length, 8));
    EACH_RANGE("mprotect_10", mprotect(at, length, 0x10));
    EACH_RANGE("mprotect_down", mprotect(at, length, PROT_READ | PROT_GROWSDOWN));
    EACH_RANGE("mprotect_both", mprotect(at, length, PROT_GROWSUP | PROT_GROWSDOWN));
    EACH_RANGE("pkey_mprotect", syscall(SYS_pkey_mprotect, at, length, PROT_READ, -1));
    EACH_RANGE("mincore", length > 4 * PAGE && length < (1UL << 40) ? -2 : mincore(at, length, vec));
    EACH_RANGE("mincore_bad", mincore(at, length, (void *)1));
    for (int flags = 0; flags < 9; flags++)
        EACH_RANGE(fmt("msync_%d", flags), msync(at, length, flags));
    EACH_RANGE("mlock", mlock(at, length));
    EACH_RANGE("mlock2", syscall(SYS_mlock2, at, length, 1));
    EACH_RANGE("mlock2_bad", syscall(SYS_mlock2, at, length, 2));
    EACH_RANGE("munlock", munlock(at, length));
    for (int advice = -1; advice < 28; advice++) {
        if (advice == 12 || advice == 13) // merging: depends on the kernel's configuration
            continue;
        EACH_RANGE(fmt("madvise_%d", advice), length == 1UL << 47 ? -2 : madvise(at, length, advice)); // it would take the stack as well
    }
    for (int advice = 99; advice < 104; advice++)
        EACH_RANGE(fmt("madvise_%d", advice), length == 1UL << 47 ? -2 : madvise(at, length, advice));
    EACH_RANGE("remap_file_pages", syscall(SYS_remap_file_pages, at, length, 0, 0, 0));
    EACH_RANGE("remap_file_pages_prot", syscall(SYS_remap_file_pages, at, length, 1, 0, 0));
    EACH_RANGE("mbind", syscall(SYS_mbind, at, length, 0, NULL, 0, 0));
    EACH_RANGE("mbind_bad", syscall(SYS_mbind, at, length, 99, NULL, 0, 0));
    for (int advice = -1; advice < 28; advice++) {
        fresh();
        if (advice != 12 && advice != 13)
            SHOW(fmt("madvise_%d", advice), "file", madvise(file_area, PAGE, advice));
    }
}

static void maps(void)
{
    static const int types[] = {0, MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE, 4, 8, 15};
    static const struct {
        const char *name;
        unsigned flags;
    } extra[] = {
        {"none", 0}, {"fixed", MAP_FIXED}, {"noreplace", MAP_FIXED_NOREPLACE}, {"growsdown", MAP_GROWSDOWN}, {"locked", MAP_LOCKED},
        {"noreserve", MAP_NORESERVE}, {"populate", MAP_POPULATE}, {"stack", MAP_STACK}, {"32bit", MAP_32BIT}, {"sync", MAP_SYNC},
        {"unknown", 0x8000000}, {"denywrite", MAP_DENYWRITE}, {"uninitialized", 0x4000000}, {"nonblock", MAP_NONBLOCK},
    };
    for (unsigned t = 0; t < sizeof types / sizeof *types; t++)
        for (unsigned e = 0; e < sizeof extra / sizeof *extra; e++)
            for (int anonymous = 0; anonymous < 2; anonymous++) {
                unsigned flags = types[t] | extra[e].flags | (anonymous ? MAP_ANONYMOUS : 0);
                fresh();
                OK(fmt("mmap_%d_%s", types[t], extra[e].name), anonymous ? "anonymous" : "file",
                   (long)mmap(area, PAGE, PROT_READ, flags, anonymous ? -1 : file, 0));
                OK(fmt("mmap_hole_%d_%s", types[t], extra[e].name), anonymous ? "anonymous" : "file",
                   (long)mmap(area + 2 * PAGE, PAGE, PROT_READ, flags, anonymous ? -1 : file, 0));
            }
    for (int anonymous = 0; anonymous < 2; anonymous++) {
        const char *kind = anonymous ? "anonymous" : "file";
        int flags = MAP_PRIVATE | (anonymous ? MAP_ANONYMOUS : 0), fd = anonymous ? -1 : file;
        OK("mmap_0", kind, (long)mmap(0, 0, PROT_READ, flags, fd, 0));
        OK("mmap_most", kind, (long)mmap(0, -1, PROT_READ, flags, fd, 0));
        OK("mmap_huge", kind, (long)mmap(0, 1UL << 47, PROT_READ, flags, fd, 0));
        OK("mmap_odd_offset", kind, (long)mmap(0, PAGE, PROT_READ, flags, fd, 1));
        OK("mmap_far_offset", kind, (long)mmap(0, PAGE, PROT_READ, flags, fd, 1L << 40));
        OK("mmap_end_offset", kind, (long)mmap(0, PAGE, PROT_READ, flags, fd, 0x7ffffffffffff000));
        OK("mmap_beyond_offset", kind, (long)mmap(0, 2 * PAGE, PROT_READ, flags, fd, 0x7ffffffffffff000));
        OK("mmap_negative_offset", kind, (long)mmap(0, PAGE, PROT_READ, flags, fd, -PAGE));
        OK("mmap_fixed_odd", kind, (long)mmap((void *)1, PAGE, PROT_READ, flags | MAP_FIXED, fd, 0));
        OK("mmap_fixed_0", kind, (long)mmap(0, PAGE, PROT_READ, flags | MAP_FIXED, fd, 0));
        OK("mmap_fixed_top", kind, (long)mmap((void *)0x7ffffffff000, PAGE, PROT_READ, flags | MAP_FIXED, fd, 0));
        OK("mmap_fixed_kernel", kind, (long)mmap((void *)-PAGE, PAGE, PROT_READ, flags | MAP_FIXED, fd, 0));
        OK("mmap_hint_kernel", kind, (long)mmap((void *)-PAGE, PAGE, PROT_READ, flags, fd, 0));
        OK("mmap_hint_odd", kind, (long)mmap((void *)1234567, PAGE, PROT_READ, flags, fd, 0));
        OK("mmap_badfd", kind, (long)mmap(0, PAGE, PROT_READ, flags, 777, 0));
        for (int prot = 0; prot < 64; prot = prot ? prot * 2 : 1)
            OK(fmt("mmap_prot_%x", prot), kind, (long)mmap(0, PAGE, prot, flags, fd, 0));
    }
    int readonly = open(at_dir("file"), O_RDONLY), writeonly = open(at_dir("file"), O_WRONLY);
    int sealed = memfd_create("m", MFD_ALLOW_SEALING), future = memfd_create("m", MFD_ALLOW_SEALING);
    ftruncate(sealed, PAGE);
    ftruncate(future, PAGE);
    fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE);
    fcntl(future, F_ADD_SEALS, 0x10);
    const struct {
        const char *name;
        int fd;
    } fds[] = {{"rdwr", file}, {"readonly", readonly}, {"writeonly", writeonly}, {"sealed", sealed}, {"future", future}};
    for (unsigned f = 0; f < 5; f++)
        for (int prot = 0; prot < 8; prot++)
            for (int type = 1; type < 4; type++) {
                char *p = mmap(0, PAGE, prot, type, fds[f].fd, 0);
                OK(fmt("mmap_%d_%d", prot, type), fds[f].name, (long)p);
                if (p != MAP_FAILED) {
                    SHOW(fmt("mprotect_w_%d_%d", prot, type), fds[f].name, mprotect(p, PAGE, PROT_WRITE));
                    SHOW(fmt("mprotect_x_%d_%d", prot, type), fds[f].name, mprotect(p, PAGE, PROT_EXEC));
                    SHOW(fmt("madvise_remove_%d_%d", prot, type), fds[f].name, madvise(p, PAGE, MADV_REMOVE));
                    SHOW(fmt("madvise_free_%d_%d", prot, type), fds[f].name, madvise(p, PAGE, MADV_FREE));
                    SHOW(fmt("msync_inv_%d_%d", prot, type), fds[f].name, msync(p, PAGE, MS_INVALIDATE));
                    munmap(p, PAGE);
                }
            }
}

static void remaps(void)
{
    static const size_t sizes[] = {0, 1, PAGE, 2 * PAGE, 4 * PAGE, 1UL << 47, -1};
    for (unsigned o = 0; o < 7; o++)
        for (unsigned n = 0; n < 7; n++)
            for (unsigned flags = 0; flags < 9; flags++) {
                fresh();
                char *spare = mmap(0, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                OK(fmt("mremap_%lx_%lx", sizes[o], sizes[n]), fmt("%u", flags), syscall(SYS_mremap, area, sizes[o], sizes[n], flags, spare));
                fresh();
                munmap(spare, 8 * PAGE);
            }
    EACH_RANGE("mremap_range", (long)mremap(at, length, PAGE, MREMAP_MAYMOVE) == -1 ? -1 : 0);
    EACH_RANGE("mremap_dontunmap", (long)mremap(at, length, length, MREMAP_MAYMOVE | 4, 0) == -1 ? -1 : 0);
    fresh();
    OK("mremap_fixed", "overlap", (long)mremap(area, 2 * PAGE, 2 * PAGE, 3, area + PAGE));
    OK("mremap_fixed", "odd", (long)mremap(area, PAGE, PAGE, 3, area + 1));
    OK("mremap_fixed", "kernel", (long)mremap(area, PAGE, PAGE, 3, (void *)-PAGE));
    fresh();
    OK("mremap_file", "grow", (long)mremap(file_area, PAGE, 8 * PAGE, MREMAP_MAYMOVE));
    fresh();
    OK("mremap_file", "dup", (long)mremap(file_area, 0, PAGE, MREMAP_MAYMOVE));
    fresh();
    OK("mremap_file", "dontunmap", (long)mremap(file_area, PAGE, PAGE, MREMAP_MAYMOVE | 4, 0));
}

static void others(void)
{
    long top = syscall(SYS_brk, 0);
    printf("brk(low)=%d\n", syscall(SYS_brk, PAGE) == top);
    printf("brk(huge)=%d\n", syscall(SYS_brk, top + (1L << 47)) == top);
    printf("brk(kernel)=%d\n", syscall(SYS_brk, -1L) == top);
    printf("brk(more)=%d\n", syscall(SYS_brk, top + 3 * PAGE) == top + 3 * PAGE);
    printf("brk(odd)=%d\n", syscall(SYS_brk, top + 5) == top + 5);
    for (int flags = 0; flags < 9; flags++)
        CHILD(fmt("mlockall_%d", flags), "nobody", mlockall(flags));
    SHOW("munlockall", "", munlockall());
    for (int command = -1; command < 1025; command = command < 1 ? command + 1 : command * 2) {
        if (command == 0)
            continue; // the commands there are
        CHILD(fmt("membarrier_%d", command), "plain", syscall(SYS_membarrier, command, 0, 0));
        CHILD(fmt("membarrier_%d", command), "flag", syscall(SYS_membarrier, command, 1, 0));
        CHILD(fmt("membarrier_%d", command), "badflag", syscall(SYS_membarrier, command, 2, 0));
    }
    char a[16] = "abc", b[16];
    struct iovec local = {b, 4}, remote = {a, 4}, bad = {(void *)1, 4}, negative = {b, -1};
    pid_t me = getpid();
    SHOW("process_vm_readv", "self", process_vm_readv(me, &local, 1, &remote, 1, 0));
    SHOW("process_vm_readv", "flags", process_vm_readv(me, &local, 1, &remote, 1, 1));
    SHOW("process_vm_readv", "nopid", process_vm_readv(999999, &local, 1, &remote, 1, 0));
    SHOW("process_vm_readv", "badlocal", process_vm_readv(me, &bad, 1, &remote, 1, 0));
    SHOW("process_vm_readv", "badremote", process_vm_readv(me, &local, 1, &bad, 1, 0));
    SHOW("process_vm_readv", "negative", process_vm_readv(me, &negative, 1, &remote, 1, 0));
    SHOW("process_vm_readv", "badvector", process_vm_readv(me, (void *)1, 1, &remote, 1, 0));
    SHOW("process_vm_readv", "badremotevector", process_vm_readv(me, &local, 1, (void *)1, 1, 0));
    SHOW("process_vm_readv", "none", process_vm_readv(me, &local, 0, &remote, 0, 0));
    SHOW("process_vm_readv", "nolocal_nopid", process_vm_readv(999999, &local, 0, &remote, 1, 0));
    SHOW("process_vm_readv", "many", process_vm_readv(me, &local, 1025, &remote, 1, 0));
    SHOW("process_vm_readv", "manyremote", process_vm_readv(me, &local, 1, &remote, 1025, 0));
    SHOW("process_vm_writev", "self", process_vm_writev(me, &local, 1, &remote, 1, 0));
    SHOW("process_vm_writev", "readonly", ({ fresh(); struct iovec r = {area + 3 * PAGE, 4}; process_vm_writev(me, &local, 1, &r, 1, 0); }));
    for (int flags = 0; flags < 3; flags++)
        for (int rights = 0; rights < 5; rights++)
            if (flags != 0 || rights > 3)
                SHOW("pkey_alloc", fmt("%d_%d", flags, rights), syscall(SYS_pkey_alloc, flags, rights));
    SHOW("pkey_free", "-1", syscall(SYS_pkey_free, -1));
    SHOW("pkey_free", "99", syscall(SYS_pkey_free, 99));
    SHOW("pkey_mprotect", "99", syscall(SYS_pkey_mprotect, area, PAGE, 1, 99));
    for (int flags = 0; flags < 64; flags = flags ? flags * 2 : 1)
        OK("memfd_create", fmt("%x", flags), syscall(SYS_memfd_create, "m", flags));
    OK("memfd_create", "noexec_exec", syscall(SYS_memfd_create, "m", 0x18));
    OK("memfd_create", "hugesize", syscall(SYS_memfd_create, "m", 0x54000000));
    OK("memfd_create", "badname", syscall(SYS_memfd_create, 1, 0));
    static char name[300];
    memset(name, 'x', 249);
    OK("memfd_create", "name249", syscall(SYS_memfd_create, name, 0));
    name[249] = 'x';
    OK("memfd_create", "name250", syscall(SYS_memfd_create, name, 0));
    static const int advices[] = {MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED, 25, MADV_DONTNEED, MADV_FREE, 99};
    int self = syscall(SYS_pidfd_open, me, 0);
    struct iovec mine = {area, PAGE}, hole = {area + 2 * PAGE, PAGE}, odd = {area + 1, PAGE};
    for (unsigned i = 0; i < 7; i++) {
        if (advices[i] == 25)
            continue;
        fresh();
        SHOW(fmt("process_madvise_%d", advices[i]), "self", syscall(SYS_process_madvise, self, &mine, 1, advices[i], 0));
        SHOW(fmt("process_madvise_%d", advices[i]), "hole", syscall(SYS_process_madvise, self, &hole, 1, advices[i], 0));
        SHOW(fmt("process_madvise_%d", advices[i]), "odd", syscall(SYS_process_madvise, self, &odd, 1, advices[i], 0));
        SHOW(fmt("process_madvise_%d", advices[i]), "flags", syscall(SYS_process_madvise, self, &mine, 1, advices[i], 1));
        SHOW(fmt("process_madvise_%d", advices[i]), "badfd", syscall(SYS_process_madvise, 777, &mine, 1, advices[i], 0));
    }
    SHOW("process_mrelease", "self", syscall(SYS_process_mrelease, self, 0));
    SHOW("process_mrelease", "flags", syscall(SYS_process_mrelease, self, 1));
    int mode;
    unsigned long nodes = 1;
    for (int flags = 0; flags < 16; flags++) {
        SHOW("get_mempolicy", fmt("%d", flags), syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, flags));
        SHOW("get_mempolicy_addr", fmt("%d", flags), syscall(SYS_get_mempolicy, &mode, NULL, 0, &mode, flags));
    }
    for (int policy = -1; policy < 8; policy++) {
        CHILD(fmt("set_mempolicy_%d", policy), "none", syscall(SYS_set_mempolicy, policy, NULL, 0));
        CHILD(fmt("set_mempolicy_%d", policy), "node0", syscall(SYS_set_mempolicy, policy, &nodes, 2));
        CHILD(fmt("set_mempolicy_%d", policy), "bad", syscall(SYS_set_mempolicy, policy, 1, 64));
    }
}

int main(void)
{
    begin();
    file = open(at_dir("file"), O_RDWR | O_CREAT, 0600);
    if (ftruncate(file, 2 * PAGE) != 0)
        return 2;
    area = mmap((void *)0x20000000, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    file_area = mmap((void *)0x30000000, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ranges_of_calls();
    maps();
    remaps();
    others();
    return end();
}
