const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** How long to wait after so many failures: longer each time, and never all pages at once. */
export function growing(failures) {
  const longest = Math.min(FIRST_MS * 2 ** failures, LONGEST_MS);
  return longest * (0.5 + Math.random() / 2);
}
