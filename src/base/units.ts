export const BYTES_PER_MIB = 1024 * 1024;
export const MS_PER_SECOND = 1000;
export const MS_PER_DAY = 86_400_000;
