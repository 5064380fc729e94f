/** "major:minor" of a device number, as stat(2) gives it (sys/sysmacros.h). */
export function deviceNumber(device: number): string {
  const major = Math.floor(device / 0x100) & 0xfff;
  const minor = (device & 0xff) + (Math.floor(device / 0x100000) & 0xfff) * 0x100;
  return `${major}:${minor}`;
}

/** The reverse: the device number of "major:minor". */
export function packedDeviceNumber(device: string): number {
  const [major = NaN, minor = NaN] = device.split(':').map(Number);
  return major * 0x100 + (minor & 0xff) + Math.floor(minor / 0x100) * 0x100000;
}
