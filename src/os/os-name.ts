/** Ganeti: objects.OS.VARIANT_DELIM */
const VARIANT_DELIMITER = '+';

/** `busybox+default` is the variant `default` of `busybox`; a name may have none (Ganeti: objects.OS.SplitNameVariant). */
export function splitOsName(osName: string): { name: string; variant: string } {
  const end = osName.indexOf(VARIANT_DELIMITER);
  if (end < 0) return { name: osName, variant: '' };
  return { name: osName.slice(0, end), variant: osName.slice(end + 1) };
}
