package pg

import (
	"database/sql"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// speakUUID teaches a connection the house's identifiers. To the driver they are strangers
// that turn themselves into text: without this each is formatted, fails as binary, is
// parsed and only then sent, which was a fifth of what placing an order costs.
func speakUUID(m *pgtype.Map) {
	one := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: uuidCodec{}}
	m.RegisterType(one)
	m.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: &pgtype.ArrayCodec{ElementType: one}})
}

// identifier is an id.ID of any noun.
type identifier interface {
	UUID() uuid.UUID
	IsZero() bool
}

type uuidCodec struct{ pgtype.UUIDCodec }

// PlanEncode implements pgtype.Codec.
func (c uuidCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode {
		switch value.(type) {
		case uuid.UUID:
			return uuidEncode{}
		case [16]byte:
			return bytesEncode{}
		case *uuid.UUID:
			return uuidOrNull{}
		case identifier:
			return idEncode{}
		}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

type uuidEncode struct{}

func (uuidEncode) Encode(value any, buf []byte) ([]byte, error) {
	u := value.(uuid.UUID)
	return append(buf, u[:]...), nil
}

type bytesEncode struct{}

func (bytesEncode) Encode(value any, buf []byte) ([]byte, error) {
	u := value.([16]byte)
	return append(buf, u[:]...), nil
}

type uuidOrNull struct{}

func (uuidOrNull) Encode(value any, buf []byte) ([]byte, error) {
	u := value.(*uuid.UUID)
	if u == nil {
		return nil, nil
	}
	return append(buf, u[:]...), nil
}

// idEncode stores no identifier as NULL, as ID.Value does.
type idEncode struct{}

func (idEncode) Encode(value any, buf []byte) ([]byte, error) {
	i := value.(identifier)
	if i.IsZero() {
		return nil, nil
	}
	u := i.UUID()
	return append(buf, u[:]...), nil
}

// PlanScan implements pgtype.Codec.
func (c uuidCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if format == pgtype.BinaryFormatCode {
		if _, ok := target.(*uuid.UUID); ok {
			return uuidScan{}
		}
		_, scans := target.(sql.Scanner)
		if _, ours := target.(identifier); ours && scans {
			return uuidScan{}
		}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, target)
}

// uuidScan hands the sixteen bytes over; NULL is none.
type uuidScan struct{}

func (uuidScan) Scan(src []byte, dst any) error {
	switch {
	case src == nil:
		return dst.(sql.Scanner).Scan(nil)
	case len(src) != 16:
		return fmt.Errorf("pg: %d bytes are no uuid", len(src))
	}
	return dst.(sql.Scanner).Scan(src)
}
