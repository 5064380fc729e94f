import koffi from 'koffi';

const libc = koffi.load('libc.so.6');

/** A function of the C library; a result of -1 is thrown. */
function checked(prototype: string): (...args: readonly unknown[]) => number {
  const call = libc.func(prototype) as (...args: readonly unknown[]) => number | bigint;
  return (...args) => {
    const result = Number(call(...args));
    if (result === -1) throw new Error(`${prototype}: errno ${koffi.errno()}`);
    return result;
  };
}

export const chdir = checked('int chdir(const char *path)');
export const chroot = checked('int chroot(const char *path)');
export const unshare = checked('int unshare(int flags)');
export const mount = checked(
  'int mount(const char *source, const char *target, const char *type, ulong flags, const char *data)',
);
export const mmap = checked(
  'intptr_t mmap(intptr_t addr, size_t length, int prot, int flags, int fd, long offset)',
);
export const socketpair = checked('int socketpair(int domain, int type, int protocol, int *pair)');
export const sendmsg = checked('long sendmsg(int socket, const uint8_t *message, int flags)');
export const syscall = checked('long syscall(long number, int argument)');

/** Where a buffer is; it must be kept for as long as that is used. */
export function addressOf(buffer: Buffer): bigint {
  return koffi.address(buffer);
}
