/** The page for unknown addresses; the server sends it with status 404. */
import '../src/elements/not-found-page/define.js';
