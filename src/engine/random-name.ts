// Names for containers that were given none: two words, as docker's users know it. The words are ships and seas.
const qualities =
  'able amber ample azure bold brave bright brisk calm clear clever cosy crisp deep eager early easy fair fine firm fleet fond frank free fresh gentle glad golden grand green happy hardy humble jolly keen kind light lively loyal lucky mellow merry mild modest noble patient plain proud quick quiet rapid ready rosy royal silver sleek smart snug sober solid spry stable steady stout sunny swift tidy trim true vivid warm wise witty zesty'.split(
    ' ',
  );
const things =
  'albatross anchor anemone argosy auklet bark barnacle beacon bosun breeze brig buoy cape caravel clipper cockle coral cormorant corvette cutter cuttle dolphin dory eider fathom fjord frigate galleon gannet gull halyard harbor heron island jetty junk keel kelp ketch lagoon lantern limpet lugger marlin mussel narwhal nautilus otter oyster packet pelican petrel pilot plover puffin quay reef rigging rudder sail sandbar schooner seal sextant skiff sloop spar sprat tern tide trawler urchin walrus whale windlass wrasse yawl'.split(
    ' ',
  );

/** A whole number from 0 on below `limit`; names are no secrets. */
const below = (limit: number): number => Math.floor(Math.random() * limit);

/** A name; with a digit behind it once others were taken. */
export function randomName(tries: number): string {
  const word = (words: readonly string[]): string => words[below(words.length)] ?? '';
  return `${word(qualities)}_${word(things)}${tries > 2 ? below(1000) : ''}`;
}
