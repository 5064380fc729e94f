/** Where the kernel tells about itself; passed in so that tests can tell something else. */
export interface SystemDirs {
  readonly proc: string;
  readonly sys: string;
}

export const SYSTEM_DIRS: SystemDirs = { proc: '/proc', sys: '/sys' };
