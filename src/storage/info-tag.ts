const LONGEST = 128;

/** A note in the characters that LVM's tags may have, and external storage is told (Ganeti: LogicalVolume.SetInfo). */
export function infoTag(info: string): string {
  return info
    .replace(/^[^A-Za-z0-9_+.]/, '_')
    .replace(/[^-A-Za-z0-9_+.]/g, '_')
    .slice(0, LONGEST);
}
