// Colours of a terminal, by ECMA-48 "select graphic rendition". A style without colour returns texts unchanged,
// so that what writes a report never asks whether it may colour.

/** Turns a text into one that a terminal shows in that way. */
export type Paint = (text: string) => string;

/** The few looks that Plimsoll's output uses. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly magenta: Paint;
  readonly cyan: Paint;
}

const plain: Paint = (text) => text;

function paint(on: number, off: number): Paint {
  // An inner reset would end the outer look too: open it again.
  return (text) =>
    text === ''
      ? ''
      : `\x1b[${on}m${text.replaceAll(`\x1b[${off}m`, `\x1b[${off}m\x1b[${on}m`)}\x1b[${off}m`;
}

/** No colour at all. */
export const plainStyle: Style = {
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
  blue: plain,
  magenta: plain,
  cyan: plain,
};

/** The eight basic colours, which follow the user's own palette. */
export const colourStyle: Style = {
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
  blue: paint(34, 39),
  magenta: paint(35, 39),
  cyan: paint(36, 39),
};
