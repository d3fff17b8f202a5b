// A method's settings as they stand in the address: s.NAME, only where they differ from the default. Where several methods
// stand side by side, each has a beginning of its own.
import type { Method, Setting } from "./api";
import { place } from "./place.svelte";

export type Value = number | boolean | string;

export function settingsOf(method: Method, beginning = "s."): Record<string, Value> {
  const words = place.all(beginning);
  const found: Record<string, Value> = {};
  for (const setting of method.settings) {
    const word = words[setting.name];
    if (word !== undefined && word !== "") found[setting.name] = typed(setting, word);
  }
  return found;
}

export function typed(setting: Setting, word: string): Value {
  if (setting.kind === "bool") return word === "true";
  if (setting.kind === "int" || setting.kind === "float") return Number.isNaN(Number(word)) ? word : Number(word);
  return word;
}

// What is wrong with a word, or nothing.
export function wrong(setting: Setting, word: string): string {
  if (word === "" || (setting.kind !== "int" && setting.kind !== "float")) return "";
  const value = Number(word);
  const fits =
    Number.isFinite(value) &&
    (setting.kind === "float" || Number.isInteger(value)) &&
    (setting.low === null || value >= setting.low) &&
    (setting.high === null || value <= setting.high);
  return fits ? "" : `It takes ${setting.kind === "int" ? "a whole number" : "a number"}: ${setting.range}.`;
}
