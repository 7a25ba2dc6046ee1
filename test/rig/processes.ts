/** What Linux tells of processes: who started whom, and how much CPU they took. */
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks a second on Linux (sysconf _SC_CLK_TCK): /proc counts CPU in steps of 10 ms. */
const TICKS = 100;

/** Fields of /proc/PID/stat from the third on: [0] state, [1] parent, [11] user ticks, [12] system ticks. Null: no such process. */
function statOf(pid: number): { name: string; fields: string[] } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    return { name: text.slice(text.indexOf("(") + 1, end), fields: text.slice(end + 2).split(" ") };
  } catch {
    return null; // it has ended
  }
}

/** Processes started by one, of a name. */
export function childrenOf(parent: number, name: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      const stat = statOf(pid);
      return stat !== null && stat.name === name && stat.fields[1] === String(parent);
    });
}

/** CPU a process has taken so far, user and system, in ms. Throws when it is gone. */
export function cpuMsOf(pid: number): number {
  const stat = statOf(pid);
  if (!stat) throw new Error(`process ${pid} is gone`);
  return ((Number(stat.fields[11]) + Number(stat.fields[12])) * 1_000) / TICKS;
}

export function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.fields[0] !== "Z";
}
