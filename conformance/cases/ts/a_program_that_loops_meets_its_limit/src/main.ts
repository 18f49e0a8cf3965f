for (let at: number = 0; ; at++);
