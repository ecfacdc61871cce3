// An independent check of a ledger: another language, other libraries, no code shared with dsr.
//
//	verifier DIR VERIFIER-KEY [EARLIER-CHECKPOINT]
//
// DIR is a log in the layout of C2SP tlog-tiles. Prints "ok SIZE ROOT" and exits with 0, or says what
// is wrong and exits with 1.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

// open verifies the signature of a checkpoint and reads it.
func open(text []byte, verifiers note.Verifiers) (checkpoint, error) {
	var c checkpoint
	signed, err := note.Open(text, verifiers)
	if err != nil {
		return c, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return c, fmt.Errorf("not three lines")
	}
	c.origin = lines[0]
	if c.tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return c, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return c, fmt.Errorf("no root")
	}
	copy(c.tree.Hash[:], root)
	return c, nil
}

// path is where tlog-tiles keeps a tile: tlog's own form names the height, which is fixed here.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

type files struct{ directory string }

func (f files) Height() int                                  { return height }
func (f files) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(f.directory, path(tile)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// bundles reads every entry out of the bundles.
func bundles(directory string, size int64) ([][]byte, error) {
	var entries [][]byte
	for first := int64(0); first < size; first += 1 << height {
		width := min(size-first, 1<<height)
		tile := tlog.Tile{H: height, L: -1, N: first >> height, W: int(width)}
		name := strings.Replace(path(tile), "tile/data/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil {
			return nil, err
		}
		for n := int64(0); n < width; n++ {
			if len(data) < 2 {
				return nil, fmt.Errorf("%s is short", name)
			}
			length := int(binary.BigEndian.Uint16(data))
			if len(data) < 2+length {
				return nil, fmt.Errorf("%s is short", name)
			}
			entries = append(entries, data[2:2+length])
			data = data[2+length:]
		}
		if len(data) > 0 {
			return nil, fmt.Errorf("%s is long", name)
		}
	}
	return entries, nil
}

func check(directory, key, earlier string) (checkpoint, error) {
	var none checkpoint
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return none, err
	}
	text, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return none, err
	}
	current, err := open(text, note.VerifierList(verifier))
	if err != nil {
		return none, fmt.Errorf("checkpoint: %w", err)
	}
	if current.origin != verifier.Name() {
		return none, fmt.Errorf("the checkpoint is of %s", current.origin)
	}
	// The tree built anew from the entries.
	entries, err := bundles(directory, current.tree.N)
	if err != nil {
		return none, err
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for n, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(n), entry, reader)
		if err != nil {
			return none, err
		}
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(current.tree.N, reader)
	if err != nil {
		return none, err
	}
	if root != current.tree.Hash {
		return none, fmt.Errorf("the entries are not those that were signed")
	}
	lines, err := os.ReadFile(filepath.Join(directory, "entries.jsonl"))
	if err != nil {
		return none, err
	}
	if !bytes.Equal(lines, append(bytes.Join(entries, []byte("\n")), '\n')) {
		return none, fmt.Errorf("entries.jsonl differs from the bundles")
	}
	// Every entry proven by the tiles, which the reader holds against the root.
	tiles := tlog.TileHashReader(current.tree, files{directory})
	for n, entry := range entries {
		proof, err := tlog.ProveRecord(current.tree.N, int64(n), tiles)
		if err != nil {
			return none, err
		}
		if err := tlog.CheckRecord(proof, current.tree.N, current.tree.Hash, int64(n), tlog.RecordHash(entry)); err != nil {
			return none, err
		}
	}
	if earlier == "" {
		return current, nil
	}
	if text, err = os.ReadFile(earlier); err != nil {
		return none, err
	}
	before, err := open(text, note.VerifierList(verifier))
	if err != nil {
		return none, fmt.Errorf("earlier checkpoint: %w", err)
	}
	proof, err := tlog.ProveTree(current.tree.N, before.tree.N, tiles)
	if err != nil {
		return none, err
	}
	return current, tlog.CheckTree(proof, current.tree.N, current.tree.Hash, before.tree.N, before.tree.Hash)
}

func main() {
	if len(os.Args) < 3 || len(os.Args) > 4 {
		fmt.Fprintln(os.Stderr, "usage: verifier DIR VERIFIER-KEY [EARLIER-CHECKPOINT]")
		os.Exit(2)
	}
	earlier := ""
	if len(os.Args) == 4 {
		earlier = os.Args[3]
	}
	found, err := check(os.Args[1], os.Args[2], earlier)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("ok %d %s\n", found.tree.N, found.tree.Hash)
}
